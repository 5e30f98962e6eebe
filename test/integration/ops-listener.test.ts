import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { metricsOf } from '../../src/domain/metrics.ts';
import { endOf } from '../support/app-calls.ts';
import { type AppProcess, startAppProcess } from '../support/app-process.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { holdGoogle } from '../support/hold-google.ts';
import { httpRequest } from '../support/http-request.ts';
import { type OwnOpenBao, startOwnOpenBao } from '../support/own-openbao.ts';

const PACKAGE = new URL('../../package.json', import.meta.url);
const SOON = { timeout: 20_000, interval: 50 };
/** A line of the exposition format: a comment, or a name with labels and a value. */
const LINE = /^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{(?:\w+="[^"\n]*",?)*\})? [-+.\w]+)$/;

interface Failing {
  readonly dependency: string;
  readonly since: string;
}

describe('the ops listener of `tokenvault serve`', () => {
  let openBao: OwnOpenBao;
  let world: AppWorld;
  let app: AppProcess;

  beforeAll(async () => {
    openBao = await startOwnOpenBao();
    world = await startWorld({ server: openBao });
    app = await startAppProcess(world);
  }, 60_000);
  afterAll(async () => {
    await app?.kill();
    await world?.close();
    await openBao?.stop();
  });

  const readyz = async () => {
    const { status, body } = await httpRequest(app.opsPort, '/readyz');
    const { state, failing }: { state: string; failing: readonly Failing[] } = JSON.parse(body);
    return { status, state, failing };
  };

  it('gives every documented metric, and nothing that is secret', async () => {
    await app.calls.signIn('measured');
    expect(await endOf(app.calls.getToken('measured'))).toBe('OK');
    const { status, body } = await httpRequest(app.opsPort, '/metrics');
    expect(status).toBe(200);
    const lines = body.trimEnd().split('\n');
    expect(lines.filter((line) => line !== '' && !LINE.test(line))).toEqual([]);
    const typed = lines.flatMap((line) => /^# TYPE (\w+) (\w+)$/.exec(line)?.slice(1, 3) ?? []);
    const names = typed.filter((_, index) => index % 2 === 0);
    expect(names.sort()).toEqual(
      metricsOf('service')
        .map(([name]) => name)
        .sort(),
    );
    const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8'));
    expect(lines).toContain(
      `tokenvault_build_info{version="${version}",node="${process.versions.node}"} 1`,
    );
    expect(lines).toContain('tokenvault_rpc_total{method="ExchangeCode",code="OK",reason=""} 1');
    expect(body).toMatch(/^tokenvault_cached_tokens [1-9]/m);
    expect(body).toMatch(/^tokenvault_revocation_log_age_seconds \d+(?:\.\d+)?$/m);
    expect(body).not.toContain('measured');
    expect(body).not.toContain(world.serviceToken.reveal());
  });

  it('names Vault and since when while it is stopped, and is alive all the time', async () => {
    await app.calls.signIn('cached');
    expect(await endOf(app.calls.getToken('cached'))).toBe('OK');
    await vi.waitUntil(async () => (await readyz()).state === 'ready', SOON);
    expect(await readyz()).toEqual({ status: 200, state: 'ready', failing: [] });
    const stopped = Date.now();
    await openBao.kill();
    try {
      await vi.waitUntil(async () => (await readyz()).failing.length > 0, SOON);
      const { status, state, failing } = await readyz();
      expect([status, state]).toEqual([200, 'degraded']);
      expect(failing.map(({ dependency }) => dependency)).toEqual(['vault']);
      const since = Date.parse(failing[0]?.since ?? '');
      expect(since).toBeGreaterThanOrEqual(stopped);
      expect(since).toBeLessThanOrEqual(Date.now());
      expect(await httpRequest(app.opsPort, '/livez')).toMatchObject({ status: 200, body: 'ok\n' });
      const { body } = await httpRequest(app.opsPort, '/metrics');
      expect(body).toContain(
        'tokenvault_dependency_failing{dependency="vault",cause="unreachable"} 1\n',
      );
      expect(await endOf(app.calls.getToken('cached'))).toBe('OK');
      expect((await readyz()).failing[0]?.since).toBe(failing[0]?.since);
    } finally {
      await openBao.restart();
    }
    await vi.waitUntil(async () => (await readyz()).state === 'ready', SOON);
  }, 60_000);

  it('names Google while it answers nothing of use', async () => {
    await app.calls.signIn('cold');
    world.google.faults.add({ path: '/token', status: 503 });
    expect(await endOf(app.calls.getToken('cold', { scopes: ['openid'] }))).toBe(
      'PROVIDER_UNAVAILABLE',
    );
    expect(await readyz()).toMatchObject({
      status: 200,
      state: 'degraded',
      failing: [{ dependency: 'google', detail: 'no usable answer' }],
    });
    world.google.faults.clear();
    expect(await endOf(app.calls.getToken('cold'))).toBe('OK');
    await vi.waitUntil(async () => (await readyz()).state === 'ready', SOON);
  });

  it('answers 503 and starting until Vault is there; told to stop then, the process ends at once', async () => {
    await openBao.freeze();
    const set = { 'vault.request_timeout': '20s' };
    const starting = await startAppProcess(world, { set, until: 'ops_listening' });
    try {
      const { status, body } = await httpRequest(starting.opsPort, '/readyz');
      expect([status, JSON.parse(body)]).toEqual([503, { state: 'starting', failing: [] }]);
      expect((await httpRequest(starting.opsPort, '/livez')).status).toBe(200);
      starting.signal('SIGTERM');
      expect(await starting.ended).toBe(0);
    } finally {
      openBao.thaw();
      await starting.kill();
    }
    await vi.waitUntil(async () => (await readyz()).state === 'ready', SOON);
  });

  it('answers 503 and draining while the last calls end', async () => {
    const google = holdGoogle(world);
    const exchange = endOf(app.calls.exchange(await app.calls.mintCode('last')));
    await google.arrived;
    app.signal('SIGTERM');
    await vi.waitUntil(async () => (await readyz()).status === 503, SOON);
    expect((await readyz()).state).toBe('draining');
    expect((await httpRequest(app.opsPort, '/livez')).status).toBe(200);
    google.release();
    expect(await exchange).toBe('OK');
    expect(await app.ended).toBe(0);
  });
});
