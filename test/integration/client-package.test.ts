import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { google } from 'googleapis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectionSettings } from '../../src/client/connection-settings.ts';
import { GoogleAuths } from '../../src/client/google-auth.ts';
import { TokenVault } from '../../src/client/index.ts';
import { LocalTokens } from '../../src/client/local-tokens.ts';
import { TokenVaultError } from '../../src/client/token-vault-error.ts';
import { DEFAULT_FILES } from '../../src/dev/google/drive-files.ts';
import { REASONS } from '../../src/domain/reasons.ts';
import { DRIVE } from '../support/app-calls.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { type InstalledClient, installClient } from '../support/installed-client.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PACKAGE = 'node_modules/tokenvault-client';
const DRIVE_READONLY = 'https://www.googleapis.com/auth/drive.readonly';

/** Sends what goes to Google to the stand-in, where the script that is run knows nothing of it. */
const TO_STAND_IN = `
import { google } from 'googleapis';
const standIn = process.env.STAND_IN;
google.options({
  adapter: (config, send) => {
    const { pathname, search } = new URL(config.url);
    return send({ ...config, url: new URL(pathname + search, standIn) });
  },
});
`;

/** Without googleapis, whose types take seconds to read: it takes what googleapis-common does. */
const TYPES = `
import type { GlobalOptions } from 'googleapis-common';
import { type AccessToken, TokenVault, TokenVaultError, type Reason } from 'tokenvault-client';

const vault = new TokenVault();
export const options: GlobalOptions = { auth: vault.googleAuth({ userId: '1', scopes: ['a'] }) };
export const token: Promise<AccessToken> = vault.getAccessToken({ userId: '1', scopes: ['a'] });
// @ts-expect-error scopes are needed
vault.googleAuth({ userId: '1' });
export const reasonOf = (error: TokenVaultError): Reason | undefined => error.reason;
// @ts-expect-error it is one of a list
export const other = (error: TokenVaultError) => error.reason === 'USER_GONE';
`;

let world: AppWorld;
let app: RunningApp;
let project: InstalledClient;
let isServing = true;

beforeAll(async () => {
  const start = async () => {
    world = await startWorld();
    app = await startRunningApp(world);
  };
  const install = async () => {
    project = await installClient();
  };
  await Promise.all([start(), install()]);
}, 300_000);
afterAll(async () => {
  if (isServing) await app?.stop();
  await world?.close();
  await project?.remove();
});

/** The blocks of TypeScript in the package's own page. */
async function readmeCode(): Promise<readonly [string, ...string[]]> {
  const page = await readFile(join(ROOT, 'src/client/README.md'), 'utf8');
  const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) => code);
  const [first = '', ...others] = blocks;
  return [first, ...others];
}

describe('the packed library', () => {
  it('is JavaScript, its types, the proto, and what one reads', () => {
    const { files } = project;
    expect(files).toEqual(
      expect.arrayContaining([
        'README.md',
        'LICENSE',
        'NOTICE',
        'dist/client/index.js',
        'dist/client/index.d.ts',
        'dist/proto/tokenvault/v1/token_vault.proto',
      ]),
    );
    const kinds = /\.js$|\.d\.ts$|^dist\/proto\/|^(?:package\.json|README\.md|LICENSE|NOTICE)$/;
    expect(files.filter((path) => !kinds.test(path))).toEqual([]);
    expect(files.filter((path) => /admin|operator/.test(path))).toEqual([]);
  });

  it.concurrent('installed into an empty project, lists Drive files by the code of its README', async () => {
    const { caFile, clients } = world.certificates;
    await app.calls.signIn('reader', { scopes: ['openid', DRIVE_READONLY] });
    await writeFile(join(project.folder, 'to-stand-in.js'), TO_STAND_IN);
    const [listFiles] = await readmeCode();
    await writeFile(join(project.folder, 'list-files.ts'), listFiles);

    const { stdout } = await project.node(
      ['--import', './to-stand-in.js', 'list-files.ts', 'reader'],
      {
        STAND_IN: world.google.url,
        TOKENVAULT_ADDRESS: `localhost:${app.port}`,
        TOKENVAULT_CA_FILE: caFile,
        TOKENVAULT_CERT_FILE: clients['drive-worker'].certFile,
        TOKENVAULT_KEY_FILE: clients['drive-worker'].keyFile,
      },
    );

    const names = DEFAULT_FILES.filter(({ space }) => space === 'drive').map(({ name }) => name);
    expect(stdout.trim().split('\n')).toEqual(names);
  });

  it.concurrent('is installed by the line of its README, beside the peers that are tested here', async () => {
    const page = await readFile(join(ROOT, 'src/client/README.md'), 'utf8');
    const [, others = ''] = /^npm install tokenvault-client (.*)$/m.exec(page) ?? [];
    const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    const versions = { ...manifest.devDependencies, ...manifest.dependencies };
    await project.tryInstall(others.split(' ').map((name) => `${name}@${versions[name]}`));
  });

  it.concurrent('has types that fit those of Google’s clients', async () => {
    await writeFile(join(project.folder, 'types.ts'), TYPES);
    await project.checkTypes();
  });

  it('has no link in its README that leads out of it', async () => {
    const page = await readFile(join(project.folder, PACKAGE, 'README.md'), 'utf8');
    const links = [...page.matchAll(/\]\((?!https:)([^)#]*)#?([^)]*)\)/g)];
    const titles = [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title.toLowerCase());
    const isThere = ([, path = '', anchor = '']: readonly string[]) =>
      path === '' ? titles.includes(anchor.replaceAll('-', ' ')) : project.files.includes(path);
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((link) => !isThere(link)).map(([link]) => link)).toEqual([]);
  });

  it('says in its README what to do by each reason', async () => {
    const page = await readFile(join(project.folder, PACKAGE, 'README.md'), 'utf8');
    const rows = page.split('\n').filter((line) => /^\| `(?!TOKENVAULT_)[A-Z_]+`/.test(line));
    const told = rows.flatMap((row) => row.split(' | ')[0]?.match(/[A-Z_]{4,}/g) ?? []);
    // This one is of the operators' calls.
    const met = Object.keys(REASONS).filter((reason) => reason !== 'USER_ALREADY_CONNECTED');
    expect(told.toSorted()).toEqual(met.toSorted());
  });

  it('has the code of its README among what `npm run types` checks', async () => {
    const checked = [
      'list-files.ts',
      'name-of.ts',
      'fetch-as.ts',
      'files-of.ts',
      'stand-in.ts',
    ].map((name) => readFile(join(ROOT, 'test/types/readme', name), 'utf8'));
    expect(await readmeCode()).toEqual(await Promise.all(checked));
  });
});

describe('googleAuth', () => {
  const scopes = [DRIVE];
  let vault: TokenVault;

  beforeAll(() => {
    vault = new TokenVault({ settings: settings(), timeoutMs: 5_000 });
  });
  beforeEach(() => {
    world.google.faults.clear();
    world.google.requests.clear();
  });
  afterAll(() => vault.close());

  function settings(): ConnectionSettings {
    const { caFile, clients } = world.certificates;
    return { address: `localhost:${app.port}`, caFile, ...clients['drive-worker'] };
  }

  function driveOf(userId: string, auth = vault.googleAuth({ userId, scopes })) {
    const drive = google.drive({ version: 'v3', auth, rootUrl: world.google.url });
    const list = async () => {
      const { data } = await drive.files.list({ spaces: 'appDataFolder' });
      return data.files?.length ?? 0;
    };
    return { drive, list };
  }

  /** GetAccessToken calls that TokenVault has answered. */
  async function calls(): Promise<number> {
    const text = await app.metrics.text();
    const lines = text.matchAll(/^tokenvault_rpc_total\{[^}]*GetAccessToken[^}]*\} (\d+)$/gm);
    return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  it('makes one call to TokenVault for 100 requests at once for one user', async () => {
    await app.calls.signIn('crowd');
    const before = await calls();
    const { list } = driveOf('crowd');

    const found = await Promise.all(Array.from({ length: 100 }, list));

    expect(new Set(found)).toEqual(new Set([3]));
    expect((await calls()) - before).toBe(1);
    expect(world.google.requests.count('/drive')).toBe(100);
  });

  it('gives each user their own token', async () => {
    for (const sub of ['ann', 'bob']) await app.calls.signIn(sub);
    const tokens = ['ann', 'bob', 'ann'].map((userId) => vault.getAccessToken({ userId, scopes }));
    const [ann, bob, again] = await Promise.all(tokens);
    expect(ann?.accessToken).toBe(again?.accessToken);
    expect(ann?.accessToken).not.toBe(bob?.accessToken);
  });

  it('has a token that Google refuses replaced once, for all who were refused', async () => {
    await app.calls.signIn('refused');
    const old = await vault.getAccessToken({ userId: 'refused', scopes });
    const before = await calls();
    world.google.faults.add({ path: '/drive', status: 401, times: 10 });
    const { list } = driveOf('refused');

    const found = await Promise.all(Array.from({ length: 10 }, list));

    expect(new Set(found)).toEqual(new Set([3]));
    expect((await calls()) - before).toBe(1);
    const { accessToken } = await vault.getAccessToken({ userId: 'refused', scopes });
    expect(accessToken).not.toBe(old.accessToken);
  });

  it('repeats a request once, and then Google’s refusal stands, without the token', async () => {
    await app.calls.signIn('unlucky');
    world.google.faults.add({ path: '/drive', status: 401, times: 2 });
    const { drive } = driveOf('unlucky');

    const request = drive.files.list({}, { errorRedactor: false });
    const error = await request.catch((reason: unknown) => reason);

    expect(error).toMatchObject({ status: 401 });
    expect(world.google.requests.count('/drive')).toBe(2);
    const { accessToken } = await vault.getAccessToken({ userId: 'unlucky', scopes });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(accessToken);
  });

  it('lets Google’s refusal stand where TokenVault makes no further token for now', async () => {
    await app.calls.signIn('refused-always');
    world.google.faults.add({ path: '/drive', status: 401, times: 100 });
    const { list } = driveOf('refused-always');
    const repeats = async () => {
      world.google.requests.clear();
      await expect(list()).rejects.toMatchObject({ status: 401 });
      return world.google.requests.count('/drive') - 1;
    };

    const made: number[] = [];
    while (made.length < 6) made.push(await repeats());

    // As often in a minute as TokenVault lets a caller report a user's token.
    expect(made).toEqual([1, 1, 1, 1, 1, 0]);
  });

  it('answers its `fetch` as Google’s clients do: with the body in `data`, errors as rejections', async () => {
    await app.calls.signIn('fetcher');
    const auth = vault.googleAuth({ userId: 'fetcher', scopes });
    const url = `${world.google.url}/drive/v3/files?spaces=appDataFolder`;
    const { data } = await auth.fetch<{ files: readonly unknown[] }>(url);
    expect(data.files).toHaveLength(3);
    await expect(auth.fetch(`${world.google.url}/nowhere`)).rejects.toMatchObject({ status: 404 });
  });

  it('repeats nothing on 403, and tells TokenVault nothing', async () => {
    await app.calls.signIn('forbidden');
    await vault.getAccessToken({ userId: 'forbidden', scopes });
    const before = await calls();
    world.google.faults.add({ path: '/drive', status: 403 });

    await expect(driveOf('forbidden').list()).rejects.toMatchObject({ status: 403 });

    expect(world.google.requests.count('/drive')).toBe(1);
    expect(await calls()).toBe(before);
  });

  it('does not repeat a stream, and has another token for the next request', async () => {
    await app.calls.signIn('uploader');
    const old = await vault.getAccessToken({ userId: 'uploader', scopes });
    world.google.faults.add({ path: '/upload', status: 401 });
    const { drive, list } = driveOf('uploader');
    const body = Readable.from(['once']);

    const media = { mimeType: 'text/plain', body };
    const upload = drive.files.create({ media }, { rootUrl: world.google.url });

    await expect(upload).rejects.toMatchObject({ status: 401 });
    expect(world.google.requests.count('/upload')).toBe(1);
    expect(await list()).toBe(3);
    const { accessToken } = await vault.getAccessToken({ userId: 'uploader', scopes });
    expect(accessToken).not.toBe(old.accessToken);
  });

  it('ends with the reason where the user was revoked by somebody else', async () => {
    await app.calls.signIn('leaver');
    const { list } = driveOf('leaver');
    await list();
    await app.calls.revoke('leaver');

    const error = await list().catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(TokenVaultError);
    expect(error).toMatchObject({ code: 'FAILED_PRECONDITION', reason: 'USER_REVOKED' });
  });

  it('has a new token got before the old one ends, and nobody waits', async () => {
    await app.calls.signIn('loyal');
    const clock = new ManualClock();
    clock.jumpWall(Date.now() - clock.now());
    const connection = world.connectAs('drive-worker', app.port);
    const tokens = new LocalTokens({
      most: 10,
      recheckMs: 3_600_000,
      call: (request) => connection.getAccessToken(request, { timeoutMs: 5_000 }),
      clock,
      random: { unit: () => 0.5 },
    });
    const { list } = driveOf('loyal', new GoogleAuths(tokens).create({ userId: 'loyal', scopes }));
    await list();
    const before = await calls();
    await clock.advance(50 * 60_000);

    expect(await list()).toBe(3);

    await vi.waitUntil(async () => (await calls()) === before + 1);
    connection.close();
  });

  it('works on with the tokens of this process when TokenVault is gone', async () => {
    await app.calls.signIn('patient');
    const { list } = driveOf('patient');
    await list();
    const impatient = new TokenVault({ settings: settings(), timeoutMs: 200 });
    isServing = false;
    await app.stop();

    expect(await list()).toBe(3);
    const other = impatient.getAccessToken({ userId: 'patient', scopes });
    await expect(other).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: undefined });
    impatient.close();
  });
});
