import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { endOf } from '../support/app-calls.ts';
import { type AppProcess, startAppProcess } from '../support/app-process.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { holdGoogle } from '../support/hold-google.ts';
import { httpRequest } from '../support/http-request.ts';
import { defect } from '../support/product-process.ts';

const SECRET = 'ya29.planted-in-an-error';
const SOON = { timeout: 15_000, interval: 20 };

describe('`tokenvault serve` after an error that nobody caught', () => {
  let world: AppWorld;
  let app: AppProcess;

  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());
  afterEach(() => app.kill());

  it.each([
    ['uncaughtException', 'throw new TypeError(process.env.PLANTED)', 'TypeError'],
    ['unhandledRejection', 'Promise.reject(new RangeError(process.env.PLANTED))', 'RangeError'],
    ['unhandledRejection', 'Promise.reject(process.env.PLANTED)', 'string'],
  ])('%s: calls under way end well, and it exits with 1', async (origin, statement, error) => {
    app = await startAppProcess(world, {
      nodeArgs: defect(statement),
      env: { PLANTED: SECRET },
    });
    const google = holdGoogle(world);
    const exchange = endOf(app.calls.exchange(await app.calls.mintCode(`user-of-${error}`)));
    await google.arrived;

    app.signal('SIGUSR2');
    await vi.waitUntil(
      async () => (await httpRequest(app.opsPort, '/readyz')).status === 503,
      SOON,
    );

    google.release();
    expect(await exchange).toBe('OK');
    expect(await app.ended).toBe(1);
    const printed = app.printed.join('\n');
    expect(printed).not.toContain(SECRET);
    expect(app.logged('uncaught_error')).toMatchObject([{ level: 'error', origin, error }]);
    expect(printed).toContain('please report the log line `uncaught_error`');
  });
});
