import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { canonicalScopes } from '../../src/domain/scopes.ts';
import { DRIVE } from '../support/app-calls.ts';
import { until } from '../support/until.ts';
import type { RealFault } from './nemesis/fault.ts';
import { Seeded } from './workload/seeded.ts';
import { Workload } from './workload/workload.ts';
import { FaultWorld } from './world/fault-world.ts';
import type { Replica } from './world/replica.ts';

const REPLICAS = 2;
const SEED = 1;
const LONGEST_MS = 3_000;
const CALL_MS = 10_000;
const SOON = { timeoutMs: 30_000 };
const TEST_MS = 90_000;

/** Each fault once, while callers go on; then everything must work again, and no promise be broken. */
export function faultSuite(name: string, faults: readonly RealFault[]): void {
  describe(`${name}, with real processes`, { timeout: TEST_MS }, () => {
    let world: FaultWorld;
    let workload: Workload;
    let newcomers = 0;
    const random = new Seeded(SEED);

    beforeAll(async () => {
      world = await FaultWorld.start({ binary: inject('openBaoBinary'), replicas: REPLICAS });
      workload = new Workload({ world, random: random.fork(), callers: 4, users: 4 });
      workload.start();
    }, TEST_MS);
    afterAll(() => world?.close(), TEST_MS);

    it.each(faults)('$kind: all goes on afterwards', async (fault) => {
      await fault.run(world, { random, longestMs: LONGEST_MS });
      for (const replica of world.replicas) {
        newcomers += 1;
        await goesOn(`newcomer-${newcomers}`, replica);
      }
    });

    it('no promise was broken', async () => {
      await workload.stop();
      await world.settle();
      await workload.lastLook();
      expect(await world.verdict()).toEqual([]);
      expect(workload.tally.total).toBeGreaterThan(0);
    });

    /** A user who comes now is connected, and any replica knows. */
    async function goesOn(user: string, replica: Replica): Promise<void> {
      const oauthClient = 'default';
      const scopes = ['openid', DRIVE];
      await until(
        `${replica.name} exchanges a code`,
        async () => {
          const code = await world.mintCode(user, { oauthClient, scopes, prompt: 'consent' });
          const call = { kind: 'exchange', user, code, oauthClient, request: 'first' } as const;
          return (await world.calls.exchange(replica, call, CALL_MS)) === 'OK';
        },
        SOON,
      );
      const wish = { kind: 'get', user, oauthClient, scopes: canonicalScopes(scopes) } as const;
      for (const other of world.replicas) {
        await until(
          `${other.name} gives a token`,
          async () => {
            const told = await world.calls.get(other, { ...wish, minTtlMs: 60_000 }, CALL_MS);
            expect(told).not.toMatch(/^USER_/);
            return told === 'OK';
          },
          SOON,
        );
      }
    }
  });
}
