import { describe, expect, it } from 'vitest';
import { ALICE, World } from '../../support/replica-fixture.ts';
import { atEveryMoment, Crash } from './crash.ts';
import { Caller, connectedAlice, GRACE_MS, oneReplica } from './steps.ts';

describe('a crash between any two steps of an exchange', () => {
  it('never sends the code twice, never loses an answered user, and lets the user come again', async () => {
    await atEveryMoment(async (moment) => {
      const world = new World();
      const { caller, replica } = await oneReplica(world);
      await world.settled(replica.stop(GRACE_MS));
      const code = world.mintCode();
      const crash = new Crash(world, moment);
      let answered = false;
      void caller.exchange(code, {}, world.context(undefined, 3_600_000)).then(() => {
        answered = true;
      });
      await world.clock.advance(0);
      crash.bury();

      const next = new Caller(world, await world.startReplica());
      const impatient = world.context(undefined, 500);
      const early = await world.reasonOf(next.exchange(code, {}, impatient));
      await world.clock.advance(31_000);
      const late = await world.reasonOf(next.exchange(code));
      expect(world.google.count('exchange', code)).toBeLessThanOrEqual(1);
      if (answered) expect([early, late]).toEqual(['OK', 'OK']);
      if (late === 'OK') expect(world.vault.keptUserVersions(ALICE)).not.toEqual([]);
      expect(['OK', 'EXCHANGE_OUTCOME_UNKNOWN']).toContain(late);

      const again = world.mintCode({ refreshToken: true });
      expect(await world.reasonOf(next.exchange(again))).toBe('OK');
      expect(await world.reasonOf(next.get())).toBe('OK');
      return crash;
    }, 8);
  });

  it('of a user who is known leaves his grant usable', async () => {
    await atEveryMoment(async (moment) => {
      const world = new World();
      const { caller, replica } = await connectedAlice(world);
      await world.settled(replica.stop(GRACE_MS));
      const crash = new Crash(world, moment);
      void caller.exchange(world.mintCode(), {}, world.context(undefined, 3_600_000));
      await world.clock.advance(0);
      crash.bury();
      const next = new Caller(world, await world.startReplica());
      expect(await world.reasonOf(next.get())).toBe('OK');
      return crash;
    }, 8);
  });
});

describe('a Vault that loses one reply in an exchange', () => {
  it('costs no token and no second sending, whichever reply it is', async () => {
    for (const op of ['users.read', 'users.write', 'exchanges.read', 'exchanges.write'] as const) {
      for (const when of ['before', 'after'] as const) {
        for (let nth = 0; nth < 3; nth += 1) {
          const world = new World();
          const { caller } = await oneReplica(world);
          const code = world.mintCode();
          let calls = 0;
          world.vault.script.interleave = (called, moment) => {
            if (called !== op || moment !== when) return Promise.resolve();
            calls += 1;
            if (calls === nth + 1) world.vault.script.failNext(op, when);
            return Promise.resolve();
          };
          await world.reasonOf(caller.exchange(code));
          world.vault.script.interleave = () => Promise.resolve();
          await world.clock.advance(5_000);
          expect(await world.reasonOf(caller.exchange(code)), `${op} ${when} ${nth}`).toBe('OK');
          expect(world.google.count('exchange', code)).toBe(1);
          expect(await world.reasonOf(caller.get())).toBe('OK');
        }
      }
    }
  });
});
