import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TokenVaultConnection } from '../../src/client/connect.ts';
import { GetAccessTokenRequest } from '../../src/client/messages.ts';
import { DRIVE } from '../support/app-calls.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';
import { WireTap } from '../support/wire-tap.ts';

const CALLERS = 10_000;
/** As many calls as a connection carries at once. */
const CALLS_PER_CONNECTION = 100;
const TIMEOUT_MS = 30_000;

/** What every replica asks Vault for by the clock, whoever calls. */
const BACKGROUND =
  /sys\/leader|\/revocation-log|\/clients\/|\/(audit|log)-key$|metadata\/(revocations|exchanges)/;

describe('many callers, one user', () => {
  let world: AppWorld;
  let vaultTap: WireTap;
  let app: RunningApp;
  let connections: TokenVaultConnection[];

  beforeAll(async () => {
    world = await startWorld();
    vaultTap = await WireTap.start(world.server.address);
    const set = { 'vault.addresses': vaultTap.url, 'google.request_timeout': '30s' };
    app = await startRunningApp(world, { set });
    connections = Array.from({ length: CALLERS / CALLS_PER_CONNECTION }, () =>
      app.connectAs('drive-worker'),
    );
  });
  afterAll(async () => {
    for (const connection of connections ?? []) connection.close();
    await app?.stop();
    await vaultTap?.close();
    await world?.close();
  });

  it(`10 000 callers for a cold user cost one refresh at Google and one read of the record`, async () => {
    await app.calls.signIn('popular');
    // Narrower than what the exchange brought into the cache.
    const request = GetAccessTokenRequest.fromPartial({ userId: 'popular', scopes: [DRIVE] });
    vaultTap.requests.length = 0;
    world.google.requests.clear();
    const missesBefore = await misses();
    world.googleTap.before = async () => {
      await vi.waitUntil(async () => (await misses()) - missesBefore >= CALLERS, {
        timeout: TIMEOUT_MS,
        interval: 50,
      });
      return 'pass' as const;
    };

    const answers = await Promise.all(
      connections.flatMap((connection) =>
        Array.from({ length: CALLS_PER_CONNECTION }, () =>
          connection.getAccessToken(request, { timeoutMs: TIMEOUT_MS }),
        ),
      ),
    );

    expect(answers).toHaveLength(CALLERS);
    expect(new Set(answers.map(({ accessToken }) => accessToken)).size).toBe(1);
    expect(world.google.requests.list('/token')).toMatchObject([{ grant_type: 'refresh_token' }]);
    expect(vaultTap.matching('/data/users/')).toMatchObject([{ method: 'GET', status: 200 }]);
    expect(foreground()).toHaveLength(1);
  }, 40_000);

  it('a cached token costs no request to Vault or Google', async () => {
    world.googleTap.before = () => 'pass';
    await app.calls.signIn('cached');
    const { accessToken } = await app.calls.getToken('cached');
    vaultTap.requests.length = 0;
    world.google.requests.clear();

    for (let call = 0; call < 100; call += 1) {
      expect((await app.calls.getToken('cached')).accessToken).toBe(accessToken);
    }

    expect(foreground()).toEqual([]);
    expect(world.google.requests.list()).toEqual([]);
    // The tap does see what there is to see.
    await vi.waitUntil(() => vaultTap.matching('/revocation-log').length > 0, { timeout: 5_000 });
    expect(vaultTap.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  function foreground() {
    return vaultTap.requests.filter(({ path }) => !BACKGROUND.test(path));
  }

  async function misses(): Promise<number> {
    const text = await app.metrics.text();
    const [, count] = /^tokenvault_token_cache_total\{outcome="miss"\} (\d+)$/m.exec(text) ?? [];
    return Number(count ?? 0);
  }
});
