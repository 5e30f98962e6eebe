import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GetUserRequest, ProviderRevocation, UserState } from '../../src/client/messages.ts';
import { ANY_PORTS } from '../../src/dev/dev-ports.ts';
import { type DevStack, startDevStack } from '../../src/dev/dev-stack.ts';
import { DriveFolder } from '../../src/dev/drive-folder.ts';
import { DEV_USERS, invitation } from '../../src/dev/screen.ts';
import { playStory } from '../../src/dev/story.ts';
import { type AppCalls, endOf } from '../support/app-calls.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { typeCommand } from '../support/cli-terminal.ts';
import { httpRequest } from '../support/http-request.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';

describe('the main job, over sockets', () => {
  let world: AppWorld;
  let app: RunningApp;
  let calls: AppCalls;

  beforeAll(async () => {
    world = await startWorld();
    app = await startRunningApp(world);
    ({ calls } = app);
  });
  afterAll(async () => {
    await app?.stop();
    await world?.close();
  });

  it('turns a code into Drive access for a user who is offline, until the user is revoked', async () => {
    const exchanged = await calls.exchange(await calls.mintCode('story'));
    expect(exchanged).toMatchObject({ userId: 'story', refreshTokenKept: false });
    expect(exchanged.profile?.email).toBe('story@example.com');

    const { accessToken, tokenType, scopes } = await calls.getToken('story');
    expect(tokenType).toBe('Bearer');
    expect(scopes).toHaveLength(1);
    const folder = await DriveFolder.open(accessToken, world.google.url);
    const [file] = await folder.list();
    expect(await folder.content(file?.id ?? '')).not.toBe('');

    expect(await calls.getUser('story')).toMatchObject({ state: UserState.USER_STATE_ACTIVE });
    const { providerRevocation } = await calls.revoke('story');
    expect(providerRevocation).toBe(ProviderRevocation.PROVIDER_REVOCATION_CONFIRMED);
    expect(await endOf(calls.getToken('story'))).toBe('USER_REVOKED');
    expect(await endOf(calls.signIn('story'))).toBe('OK');
    expect(await endOf(calls.getToken('story'))).toBe('OK');
  });

  it('gives the repeat of an exchange the recorded answer, and Google sees the code once', async () => {
    const code = await calls.mintCode('repeats');
    const sentBefore = world.google.requests.count('/token', { grant_type: 'authorization_code' });
    const first = await calls.exchange(code);
    expect(await calls.exchange(code)).toEqual(first);
    const sent = world.google.requests.count('/token', { grant_type: 'authorization_code' });
    expect(sent - sentBefore).toBe(1);
  });

  it('keeps the stored refresh token where a later consent brings none', async () => {
    await calls.signIn('returns');
    const again = await calls.exchange(await calls.mintCode('returns'));
    expect(again.refreshTokenKept).toBe(true);
    expect(await endOf(calls.getToken('returns'))).toBe('OK');
  });

  it('lets each caller do its own job only', async () => {
    const worker = app.connectAs('drive-worker');
    const gateway = app.connectAs('gateway');
    const revoke = { userId: 'story', reason: '', grantedBefore: undefined };
    const terms = { timeoutMs: 5_000 };
    expect(await endOf(worker.revokeUser(revoke, terms))).toBe('CALLER_NOT_ALLOWED');
    expect(
      await endOf(gateway.getUser(GetUserRequest.fromPartial({ userId: 'story' }), terms)),
    ).toBe('CALLER_NOT_ALLOWED');
    expect(
      await endOf(worker.getUser(GetUserRequest.fromPartial({ userId: 'nobody' }), terms)),
    ).toBe('USER_NOT_CONNECTED');
    for (const connection of [worker, gateway]) connection.close();
  });
});

/** What the doctor finds with the command that is proposed when everything stays up. */
async function proposedDoctor(stack: DevStack, directory: string) {
  const [, command = ''] =
    /tokenvault -- (doctor .*)/.exec(invitation(stack, DEV_USERS.stays)) ?? [];
  const entries = await readdir(directory, { withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ name }) => join(directory, name));
  const files = Object.fromEntries(paths.map((path) => [path, readFileSync(path, 'utf8')]));
  const { exitCode, stdout } = await typeCommand(command.split(' '), { files });
  return { exitCode, wrong: stdout.filter((line) => /^ +(error|warning)/.test(line)) };
}

describe('npm run dev', () => {
  it('plays the whole story, gateway included, on real parts', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tokenvault-story-'));
    const told: string[] = [];
    const tell = (text: string) => void told.push(text);
    const cacheDir = resolve(import.meta.dirname, '../../.cache');
    const started = new AsyncDisposableStack();
    started.defer(() => rm(directory, { recursive: true, force: true }));
    try {
      const options = { directory, cacheDir, ports: ANY_PORTS, env: process.env, report: tell };
      const stack = await startDevStack(options, started);
      await playStory(stack, { sub: '108', name: 'Somebody' }, { step: tell, line: tell });
      for (const port of Object.values(stack.opsPorts)) {
        await expect
          .poll(async () => JSON.parse((await httpRequest(port, '/readyz')).body))
          .toEqual({ state: 'ready', failing: [] });
      }
      const { body } = await httpRequest(stack.opsPorts.gateway, '/metrics');
      expect(body).toMatch(/^tokenvault_gateway_requests_total\{.*status="200".*\} 1$/m);
      expect(await proposedDoctor(stack, directory)).toEqual({ exitCode: 0, wrong: [] });
    } finally {
      await started.disposeAsync();
    }
    expect(told.at(-1)).toBe('refused: USER_REVOKED');
  });
});
