import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { GetAccessTokenRequest } from '../../src/client/messages.ts';
import { DRIVE, endOf } from '../support/app-calls.ts';
import { type AppProcess, startAppProcess } from '../support/app-process.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { auditKeysOf, parsed, verified } from '../support/audit-fixture.ts';
import { until } from '../support/until.ts';

const CALLERS = 4;
const ROTATIONS = 3;

let world: AppWorld;
let directory: string;
let file: string;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.close());

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tokenvault-audit-process-'));
  file = join(directory, 'audit.log');
  return () => rm(directory, { recursive: true, force: true });
});

/** Calls without a pause, until it is told to stop. @returns how each request ended, by its id */
function load({ port }: AppProcess) {
  const ends = new Map<string, string>();
  let going = true;
  const caller = async (name: string) => {
    const connection = world.connectAs('drive-worker', port);
    const request = GetAccessTokenRequest.fromPartial({ userId: 'alice', scopes: [DRIVE] });
    for (let call = 1; going; call += 1) {
      const requestId = `${name}.${call}`;
      ends.set(
        requestId,
        await endOf(connection.getAccessToken(request, { timeoutMs: 5_000, requestId })),
      );
    }
    connection.close();
  };
  const callers = Array.from({ length: CALLERS }, (_none, index) => caller(`c${index}`));
  return {
    ends,
    stop: async () => {
      going = false;
      await Promise.all(callers);
    },
  };
}

async function auditFiles(): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(directory);
  const texts = names.map(async (name) => [name, await readFile(join(directory, name), 'utf8')]);
  return Object.fromEntries(await Promise.all(texts));
}

/** Request ids of the lines, as often as they are there. */
function idsIn(files: Readonly<Record<string, string>>): readonly unknown[] {
  const lines = Object.values(files).flatMap((text) => text.split('\n'));
  const whole = lines.filter((line) => line.endsWith('"}'));
  return parsed(whole)
    .map(({ requestId }) => requestId)
    .filter((id) => typeof id === 'string' && /^c\d\./.test(id));
}

describe('`tokenvault serve` with an audit', () => {
  it('loses and doubles no line while its file is rotated under load, and at SIGTERM', async () => {
    const app = await startAppProcess(world, { set: { 'audit.file': file } });
    await app.calls.signIn('alice');
    const { ends, stop } = load(app);
    for (let rotation = 1; rotation <= ROTATIONS; rotation += 1) {
      const before = ends.size;
      await until('calls go on', () => ends.size > before + 20);
      await rename(file, `${file}.${rotation}`);
      app.signal('SIGHUP');
      await until('the file is there again', async () =>
        (await readdir(directory)).includes('audit.log'),
      );
    }
    const before = ends.size;
    await until('calls go on', () => ends.size > before + 20);
    expect([...ends.values()].filter((end) => end !== 'OK')).toEqual([]);
    app.signal('SIGTERM');
    await stop();
    expect(await app.terminate()).toBe(0);

    const files = await auditFiles();
    expect(Object.keys(files)).toHaveLength(ROTATIONS + 1);
    const { findings } = await verified(files, ...(await auditKeysOf(world)));
    expect(findings).toEqual([]);
    const ids = idsIn(files);
    expect(new Set(ids).size).toBe(ids.length);
    const answered = [...ends].filter(([, end]) => end === 'OK').map(([id]) => id);
    const lines = new Set(ids);
    expect(answered.filter((id) => !lines.has(id))).toEqual([]);
  });

  it('has a line for every answer that left before a kill -9, and says no more than that', async () => {
    const app = await startAppProcess(world, { set: { 'audit.file': file } });
    await app.calls.signIn('alice');
    const { ends, stop } = load(app);
    await until('calls go on', () => ends.size > 200);
    await app.kill();
    await stop();
    const files = await auditFiles();
    const { findings } = await verified(files, ...(await auditKeysOf(world)));
    expect(findings.map(({ kind }) => kind).filter((kind) => kind !== 'torn')).toEqual(['no_stop']);
    const lines = new Set(idsIn(files));
    const answered = [...ends].filter(([, end]) => end === 'OK').map(([id]) => id);
    expect(answered.filter((id) => !lines.has(id))).toEqual([]);
  });

  it('writes to stdout where nothing else does', async () => {
    const configFile = join(directory, 'tokenvault.yaml');
    const { audit: _file, ...config } = parse(await readFile(world.configFile, 'utf8'));
    const log = { output: 'stderr' };
    await writeFile(configFile, stringify({ ...config, audit: { stdout: true }, log }));
    const app = await startAppProcess({ ...world, configFile });
    await app.calls.getToken('nobody').catch(() => undefined);
    expect(await app.terminate()).toBe(0);
    const lines = app.printed.filter((line) => line.includes('"tag":'));
    const { findings } = await verified(
      { stdout: lines.join('\n') },
      ...(await auditKeysOf(world)),
    );
    expect(findings).toEqual([]);
    expect(parsed(lines).map(({ event }) => event)).toEqual(['started', 'decision', 'stopped']);
  });
});
