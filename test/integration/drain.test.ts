import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { endOf } from '../support/app-calls.ts';
import { type AppProcess, startAppProcess } from '../support/app-process.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { type OwnOpenBao, startOwnOpenBao } from '../support/own-openbao.ts';

const SOON = { timeout: 20_000, interval: 50 };

/** A refresh token is on its way into a Vault that went away; then the process is told to stop. */
describe('`tokenvault serve`, stopped while it holds a refresh token', () => {
  let openBao: OwnOpenBao;
  let world: AppWorld;
  let app: AppProcess;

  beforeAll(async () => {
    openBao = await startOwnOpenBao();
    world = await startWorld({ server: openBao, set: { 'vault.request_timeout': '500ms' } });
  });
  afterAll(async () => {
    await world?.close();
    await openBao?.stop();
  });
  afterEach(async () => {
    world.googleTap.after = () => 'pass';
    openBao.thaw();
    await app.kill();
  });

  async function holdToken(sub: string, grace: string): Promise<void> {
    app = await startAppProcess(world, { set: { 'limits.drain_grace': grace } });
    const code = await app.calls.mintCode(sub);
    world.googleTap.after = async ({ path }) => {
      if (path === '/token') await openBao.freeze();
      return 'pass' as const;
    };
    const answered = endOf(app.calls.exchange(code, { timeoutMs: 2_000 }));
    expect(await answered).toBe('EXCHANGE_IN_PROGRESS');
    app.signal('SIGTERM');
    await vi.waitUntil(() => app.logged('stopping').length === 1, SOON);
  }

  it('stores it when Vault comes back within the grace, and exits with 0', async () => {
    await holdToken('kept', '10m');
    openBao.thaw();
    expect(await app.ended).toBe(0);
    expect(app.logged('held_commit_lost')).toEqual([]);
    app = await startAppProcess(world);
    expect(await endOf(app.calls.getToken('kept'))).toBe('OK');
  });

  it('gives it up at the end of the grace, says so once, and exits with 1', async () => {
    await holdToken('lost', '1s');
    expect(await app.ended).toBe(1);
    expect(app.logged('held_commit_lost')).toMatchObject([
      { level: 'error', reason: 'STOPPED', tokens: 1, exchanges: 1 },
    ]);
    expect(app.printed.join('\n')).toContain('some users have to consent again');
  });

  it('gives it up at once on a second signal, and says so', async () => {
    await holdToken('cut', '10m');
    // What comes within a second of the first is the same signal, delivered twice.
    await vi.waitUntil(async () => {
      app.signal('SIGTERM');
      return (await Promise.race([app.ended, undefined])) !== undefined;
    }, SOON);
    expect(await app.ended).toBe(1);
    expect(app.logged('held_commit_lost')).toMatchObject([{ reason: 'STOPPED', tokens: 1 }]);
  });
});
