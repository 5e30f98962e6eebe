import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { metricsOf } from '../../src/domain/metrics.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts';
import { type HeldGoogle, holdGoogle } from '../support/hold-google.ts';
import { httpRequest } from '../support/http-request.ts';
import { defect } from '../support/product-process.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';

const SECRET = 'ya29.planted-in-an-error';
const SOON = { timeout: 20_000, interval: 20 };

describe('`tokenvault gateway`', () => {
  let world: AppWorld;
  let app: RunningApp;
  let gateway: GatewayProcess;
  let google: HeldGoogle | undefined;

  beforeAll(async () => {
    world = await startWorld();
    app = await startRunningApp(world);
  });
  afterAll(async () => {
    await app?.stop();
    await world?.close();
  });
  afterEach(async () => {
    google?.release();
    await gateway.kill();
  });

  const readyz = async () => {
    const { status, body } = await httpRequest(gateway.opsPort, '/readyz');
    return { status, ...JSON.parse(body) };
  };

  /** Begins a post that Google keeps waiting. `finish` gives the status of its answer. */
  async function openPost(sub: string) {
    google = holdGoogle(world);
    const answer = gateway.post(await app.calls.mintCode(sub)).then(
      ({ status }) => status,
      () => 'cut off',
    );
    await google.arrived;
    const finish = () => {
      google?.release();
      return answer;
    };
    return { answer, finish };
  }

  it('counts what it answers, and has every metric of its own and none of the service', async () => {
    gateway = await startGatewayProcess(world, app.port);
    expect((await gateway.post(await app.calls.mintCode('app-user'))).status).toBe(200);
    expect((await gateway.post('4/0A-made-up')).status).toBe(409);
    const { status, body } = await httpRequest(gateway.opsPort, '/metrics');
    expect(status).toBe(200);
    const names = [...body.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
    expect(names.sort()).toEqual(
      metricsOf('gateway')
        .map(([name]) => name)
        .sort(),
    );
    const route = 'route="/v1/google/code"';
    const total = `tokenvault_gateway_requests_total{${route}`;
    await vi.waitUntil(async () => {
      const text = (await httpRequest(gateway.opsPort, '/metrics')).body;
      return (
        text.includes(`${total},status="200",reason=""} 1\n`) &&
        text.includes(`${total},status="409",reason="CODE_REJECTED"} 1\n`) &&
        text.includes(`tokenvault_gateway_request_seconds_count{${route}} 2\n`)
      );
    }, SOON);
    expect(body).not.toContain('app-user');
  });

  it('is ready while it reaches TokenVault, says since when it does not, and is alive throughout', async () => {
    const away = await startRunningApp(world);
    gateway = await startGatewayProcess(world, away.port);
    await vi.waitUntil(async () => (await readyz()).status === 200, SOON);
    expect(await readyz()).toEqual({ status: 200, state: 'ready', failing: [] });
    const gone = Date.now();
    await away.stop();
    await vi.waitUntil(async () => (await readyz()).status === 503, SOON);
    const { state, failing } = await readyz();
    expect(state).toBe('unavailable');
    expect(failing).toEqual([
      { dependency: 'token_vault', since: expect.any(String), detail: 'no connection' },
    ]);
    expect(Date.parse(failing[0].since)).toBeGreaterThanOrEqual(gone);
    expect((await readyz()).failing).toEqual(failing);
    expect((await httpRequest(gateway.opsPort, '/livez')).status).toBe(200);
    const { body } = await httpRequest(gateway.opsPort, '/metrics');
    expect(body).toContain(
      'tokenvault_dependency_failing{dependency="token_vault",cause="unreachable"} 1\n',
    );
  });

  it('told to stop, it is draining until the last request has its answer, and exits with 0', async () => {
    gateway = await startGatewayProcess(world, app.port);
    const { finish } = await openPost('drains');
    gateway.signal('SIGTERM');
    await vi.waitUntil(async () => (await readyz()).state === 'draining', SOON);
    expect((await readyz()).status).toBe(503);
    expect(await finish()).toBe(200);
    expect(await gateway.ended).toBe(0);
  });

  it('ends at once on a second signal', async () => {
    gateway = await startGatewayProcess(world, app.port);
    const { answer } = await openPost('is-cut-off');
    gateway.signal('SIGTERM');
    await vi.waitUntil(async () => (await readyz()).state === 'draining', SOON);
    // What comes within a second of the first is the same signal, delivered twice.
    await vi.waitUntil(async () => {
      gateway.signal('SIGTERM');
      return (await Promise.race([gateway.ended, undefined])) !== undefined;
    }, SOON);
    expect(await gateway.ended).toBe(1);
    expect(await answer).toBe('cut off');
  });

  it.each([
    ['uncaughtException', 'throw new TypeError(process.env.PLANTED)', 'TypeError'],
    ['unhandledRejection', 'Promise.reject(process.env.PLANTED)', 'string'],
  ])(
    'after an error that nobody caught (%s) a request under way ends well, no text of the error is printed, and it exits with 1',
    async (origin, statement, error) => {
      gateway = await startGatewayProcess(world, app.port, {
        nodeArgs: defect(statement),
        env: { PLANTED: SECRET },
      });
      const { finish } = await openPost(`sees-${error}`);
      gateway.signal('SIGUSR2');
      await vi.waitUntil(async () => (await readyz()).state === 'draining', SOON);
      expect(await finish()).toBe(200);
      expect(await gateway.ended).toBe(1);
      expect(gateway.logged('uncaught_error')).toMatchObject([{ level: 'error', origin, error }]);
      const printed = gateway.printed.join('\n');
      expect(printed).not.toContain(SECRET);
      expect(printed).toContain('please report the log line `uncaught_error`');
    },
  );
});
