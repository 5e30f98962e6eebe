import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProviderRevocation } from '../../src/client/messages.ts';
import { endOf } from '../support/app-calls.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';
import { type TappedRequest, WireTap } from '../support/wire-tap.ts';

const CODE = { grant_type: 'authorization_code' };
/** Writes that a flow makes in Vault. */
const EXCHANGE_WRITES = [1, 2, 3];
const REVOKE_WRITES = [1, 2, 3, 4, 5, 6, 7];

/** Vault did what it was asked, and the connection breaks before it can say so. */
describe('a lost reply of Vault', () => {
  let world: AppWorld;
  const opened: { app: RunningApp; tap: WireTap }[] = [];

  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(async () => {
    for (const { app, tap } of opened) {
      await app.stop();
      await tap.close();
    }
    await world?.close();
  });

  /** A replica that does not get the reply to its n-th write, once `arm` was called. */
  async function startLosing(step: number) {
    const tap = await WireTap.start(world.server.address);
    const app = await startRunningApp(world, { set: { 'vault.addresses': tap.url } });
    opened.push({ app, tap });
    const lost: TappedRequest[] = [];
    const arm = () => {
      let writes = 0;
      tap.after = (request) => {
        if (request.method !== 'GET') writes += 1;
        if (writes !== step || lost.length > 0) return 'pass';
        lost.push(request);
        return 'drop';
      };
    };
    return { calls: app.calls, arm, lost };
  }

  it.each(EXCHANGE_WRITES)(
    'write %i of an exchange: it was ours, and the code is not sent again',
    async (step) => {
      const { calls, arm, lost } = await startLosing(step);
      const code = await calls.mintCode(`exchange-${step}`);
      const sent = world.google.requests.count('/token', CODE);
      arm();
      expect(await endOf(calls.exchange(code))).toBe('OK');
      expect(lost).toMatchObject([{ status: 200 }]);
      expect(world.google.requests.count('/token', CODE)).toBe(sent + 1);
      expect(await endOf(calls.getToken(`exchange-${step}`))).toBe('OK');
    },
  );

  it('any write of a revocation: it ends as if nothing had happened', async () => {
    const revoked = REVOKE_WRITES.map(async (step) => {
      const { calls, arm, lost } = await startLosing(step);
      await calls.signIn(`revoke-${step}`);
      arm();
      const { providerRevocation } = await calls.revoke(`revoke-${step}`);
      expect(lost).toHaveLength(1);
      return providerRevocation;
    });
    const confirmed = ProviderRevocation.PROVIDER_REVOCATION_CONFIRMED;
    expect(await Promise.all(revoked)).toEqual(REVOKE_WRITES.map(() => confirmed));
  });
});
