import { type AddressInfo, createServer } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { systemClock } from '../../../src/observability/system-clock.ts';
import { VaultClient } from '../../../src/vault/vault-client.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';
import {
  drop,
  html,
  json,
  type ScriptedServer,
  silence,
  startScriptedServer,
} from '../../support/scripted-server.ts';

const TOKEN = 's.token-that-must-not-be-printed';
const BODY = { data: { record: 'refresh-token-that-must-not-be-printed' } };

describe('VaultClient', () => {
  let server: ScriptedServer;
  let client: VaultClient;
  let metrics: RecordingMetrics;
  const open = (options: { address?: string; timeoutMs?: number; namespace?: string } = {}) =>
    new VaultClient({
      address: server.url,
      token: () => new Secret(TOKEN),
      timeoutMs: 5_000,
      metrics,
      clock: systemClock,
      ...options,
    });

  beforeEach(async () => {
    server = await startScriptedServer();
    metrics = new RecordingMetrics();
    client = open();
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await client.close();
    await server.close();
  });

  it('sends the verbs of Vault’s API with the token', async () => {
    server.answer = json(200, {});
    await client.read('a/data/b?version=2');
    await client.write('a/data/b', { data: {} });
    await client.list('a/metadata/b');
    await client.delete('a/metadata/b');
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/a/data/b?version=2',
      'POST /v1/a/data/b',
      'GET /v1/a/metadata/b?list=1',
      'DELETE /v1/a/metadata/b',
    ]);
    expect(server.requests.map(({ headers }) => headers['x-vault-token'])).toEqual(
      Array(4).fill(TOKEN),
    );
    expect(server.requests[1]?.body).toBe('{"data":{}}');
  });

  it('takes nothing from VAULT_* variables', async () => {
    vi.stubEnv('VAULT_ADDR', 'http://127.0.0.1:1');
    vi.stubEnv('VAULT_TOKEN', 's.other');
    vi.stubEnv('VAULT_PREFIX', '/prefix');
    vi.stubEnv('VAULT_NAMESPACE', 'other');
    const other = open();
    await other.read('a/data/b');
    await other.close();
    const [request] = server.requests;
    expect(request?.path).toBe('/v1/a/data/b');
    expect(request?.headers).toMatchObject({ 'x-vault-token': TOKEN });
    expect(request?.headers).not.toHaveProperty('x-vault-namespace');
  });

  it('keeps the path of an address, and asks for the node outside of the namespace', async () => {
    const other = open({ address: `${server.url}/vault/`, namespace: 'team-a' });
    await other.read('a/data/b');
    await other.read('sys/leader');
    await other.close();
    const [record, leader] = server.requests;
    expect(record?.path).toBe('/vault/v1/a/data/b');
    expect(record?.headers).toHaveProperty('x-vault-namespace', 'team-a');
    expect(leader?.headers).not.toHaveProperty('x-vault-namespace');
  });

  it.each([200, 204, 400, 403, 404, 412, 429, 500, 503])('gives %d as a reply', async (status) => {
    const body = status === 204 ? '' : { errors: ['text of Vault'] };
    server.answer = json(status, body, { date: 'Thu, 01 Jan 2026 00:00:00 GMT' });
    const reply = await client.read('a/data/b');
    expect(reply).toMatchObject({ status, date: Date.UTC(2026, 0, 1) });
    expect(reply.body).toEqual(status === 204 ? undefined : body);
    const outcome = `${Math.floor(status / 100)}xx`;
    expect(metrics.labelsOf('tokenvault_upstream_seconds')).toEqual([{ target: 'vault', outcome }]);
    const clocks = metrics.recorded.filter(
      ({ name }) => name === 'tokenvault_clock_offset_seconds',
    );
    expect(clocks).toMatchObject([{ labels: { against: 'vault' } }]);
    expect(clocks[0]?.value).toBeGreaterThan(3_600);
  });

  it('keeps no page that is not Vault’s', async () => {
    server.answer = html(502);
    expect((await client.read('a/data/b')).body).toBeUndefined();
  });

  it('follows no redirect, which would take the token along', async () => {
    server.answer = json(307, {}, { location: '/v1/elsewhere' });
    expect(await client.write('a/data/b', BODY)).toMatchObject({ status: 307 });
    expect(server.requests).toHaveLength(1);
  });

  it('reads a body of 1 MiB at most', async () => {
    server.answer = json(200, `"${'x'.repeat(1024 * 1024)}"`);
    await expect(client.read('a/data/b')).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
  });

  it('reads a list of 32 MiB at most', async () => {
    const names = Array.from({ length: 60_000 }, (_, index) => `name-of-a-marker-${index}`);
    server.answer = json(200, { data: { keys: names } });
    const { body } = await client.list('a/metadata/b');
    expect(body).toEqual({ data: { keys: names } });
    server.answer = json(200, `"${'x'.repeat(32 * 1024 * 1024)}"`);
    await expect(client.list('a/metadata/b')).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
  });

  it('waits no longer than its timeout', async () => {
    const impatient = open({ timeoutMs: 50 });
    server.answer = silence;
    const fault = { name: 'VaultFault', code: 'TIMEOUT', sent: true };
    await expect(impatient.read('a/data/b')).rejects.toMatchObject(fault);
    expect(metrics.labelsOf('tokenvault_upstream_seconds')).toEqual([
      { target: 'vault', outcome: 'timeout' },
    ]);
    await impatient.close();
  });

  it('waits no longer for a connection either', async () => {
    const mute = createServer((socket) => socket.on('error', () => socket.destroy()));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    // A server that listens on TCP has an address of this type.
    const { port } = mute.address() as AddressInfo;
    const impatient = open({ address: `https://127.0.0.1:${port}`, timeoutMs: 50 });
    const began = systemClock.monotonic();
    await expect(impatient.write('a/data/b', BODY)).rejects.toMatchObject({ code: 'TIMEOUT' });
    // undici's own limit for a handshake is ten seconds.
    expect(systemClock.monotonic() - began).toBeLessThan(5_000);
    mute.close();
    await impatient.close();
  });

  it('has 32 requests under way and 1000 in line, and refuses the others at once (I16)', async () => {
    server.answer = silence;
    const hurried = open({ timeoutMs: 1_000 });
    const ends = Promise.allSettled(Array.from({ length: 1_032 }, () => hurried.read('a/data/b')));
    const unsent = { code: 'NO_CONNECTION_FREE', sent: false };
    await expect(hurried.read('a/data/b')).rejects.toMatchObject(unsent);
    const faults = (await ends).map((end) => 'reason' in end && end.reason.code);
    expect(new Set(faults.slice(0, 32))).toEqual(new Set(['TIMEOUT']));
    expect(faults.at(-1)).toBe('NO_CONNECTION_FREE');
    // Nothing that was given up comes before what is asked now.
    server.answer = json(200, BODY);
    expect(await hurried.read('a/data/b')).toMatchObject({ status: 200 });
    expect(server.requests.length).toBeLessThan(200);
    await hurried.close();
  });

  it('says that a lost request may have arrived', async () => {
    server.answer = drop;
    await expect(client.write('a/data/b', BODY)).rejects.toMatchObject({ sent: true });
  });

  it.each([
    ['a refused connection', 'http://127.0.0.1:1', 'ECONNREFUSED'],
    ['an unknown host', 'http://vault.invalid', /ENOTFOUND|EAI_AGAIN/],
  ])('says that nothing was sent after %s', async (_name, address, code) => {
    const lost = open({ address });
    const fault = await lost.write('a/data/b', BODY).catch((error: unknown) => error);
    expect(fault).toMatchObject({ name: 'VaultFault', sent: false });
    expect(fault).toMatchObject({ code: expect.stringMatching(code) });
    await lost.close();
  });

  it('prints neither the token nor the body in a fault', async () => {
    server.answer = drop;
    const fault = await client.write('a/data/b', BODY).catch((error: unknown) => error);
    const printed = `${inspect(fault, { depth: 9, showHidden: true })}${JSON.stringify(fault)}`;
    expect(printed).toContain('VaultFault');
    expect(printed).not.toContain('must-not-be-printed');
  });

  it('does not send a token that is no header value', async () => {
    const broken = new VaultClient({
      address: server.url,
      token: () => new Secret('s.two\nlines'),
      timeoutMs: 5_000,
      metrics,
      clock: systemClock,
    });
    await expect(broken.read('a')).rejects.toMatchObject({ sent: false, name: 'VaultFault' });
    await broken.close();
  });
});
