import { describe, expect, it } from 'vitest';
import { World } from '../../support/replica-fixture.ts';
import { arrangeBatch, askBatch, connectedUsers, reasonsIn, textsIn } from './batch-steps.ts';
import { Caller } from './steps.ts';

describe('a revocation while a batch waits', () => {
  /** A batch of a cached user and one whose refresh is under way, and the caller's other replica. */
  async function waiting(limits = {}) {
    const { world, ask, ...rest } = await arrangeBatch(['a'], ['b']);
    const other = new Caller(world, await world.startReplica());
    const held = world.google.hold('refresh', 'after');
    const asked = ask(['a', 'b'], { context: world.context('caller', 20_000), ...limits });
    await world.settled(held.arrived);
    return { world, other, held, asked, ask, ...rest };
  }

  it('takes back the token that was found first (I5)', async () => {
    const { world, other, held, asked } = await waiting();
    await world.settled(other.revoke({ userId: 'a' }));
    held.release();
    expect(reasonsIn(await world.settled(asked))).toEqual(['USER_REVOKED', 'OK']);
  });

  it('and a new consent after it give a new one', async () => {
    const { world, other, caller, held, asked } = await waiting();
    const before = (await caller.token({ userId: 'a' })).accessToken.reveal();
    await world.settled(other.revoke({ userId: 'a' }));
    await world.settled(other.exchange(world.mintCode({ sub: 'a' })));
    await world.clock.advance(1_000);
    held.release();
    const [text = ''] = textsIn(await world.settled(asked));
    expect(text).not.toBe(before);
    expect(text).not.toBe('USER_REVOKED');
  });

  it('is asked about before tokens leave whose view has grown old meanwhile', async () => {
    const { world, other, held, asked } = await waiting();
    const log = world.vault.script.hold('revocations.readLog', 'before');
    const revoked = other.revoke({ userId: 'a' });
    await world.clock.advance(3_000);
    held.release();
    await world.clock.advance(0);
    log.release();
    await world.settled(revoked);
    expect(reasonsIn(await world.settled(asked))[0]).toBe('USER_REVOKED');
  });

  it('that may have been is answered by mode: what was found goes on in `available` alone', async () => {
    for (const [mode, reason] of [
      ['available', 'OK'],
      ['strict', 'STORE_UNAVAILABLE'],
    ] as const) {
      const world = new World({ mode });
      const { replica, caller } = await connectedUsers(world, ['a', 'b']);
      await caller.token({ userId: 'a' });
      await caller.token({ userId: 'b' });
      world.vault.script.down = true;
      await world.clock.advance(10_000);
      const answer = await world.settled(askBatch(world, replica, ['a', 'b']));
      expect(reasonsIn(answer)).toEqual([reason, reason]);
    }
  });

  it('that may have been, with no time left, is STORE_UNAVAILABLE in `strict`', async () => {
    const world = new World({ mode: 'strict' });
    const { replica, caller } = await connectedUsers(world, ['a', 'b']);
    await caller.token({ userId: 'a' });
    const held = world.google.hold('refresh');
    const asked = askBatch(world, replica, ['a', 'b'], {
      context: world.context('caller', 20_000),
    });
    await world.settled(held.arrived);
    world.vault.script.down = true;
    expect(reasonsIn(await world.settled(asked))).toEqual(['STORE_UNAVAILABLE', 'NOT_READY']);
  });

  it('that no view young enough can deny by the deadline is NOT_READY', async () => {
    const world = new World({ boundMs: 300 });
    const { replica, caller } = await connectedUsers(world, ['a', 'b']);
    await world.settled(caller.get({ userId: 'a' }));
    world.google.hold('refresh');
    const asked = askBatch(world, replica, ['a', 'b']);
    expect(reasonsIn(await world.settled(asked))).toEqual(['NOT_READY', 'NOT_READY']);
  });

  it('that leaves no time for another token is NOT_READY for that user', async () => {
    const { world, other, asked } = await waiting();
    await world.settled(other.revoke({ userId: 'a' }));
    await world.settled(other.exchange(world.mintCode({ sub: 'a' })));
    expect(reasonsIn(await world.settled(asked))).toEqual(['NOT_READY', 'NOT_READY']);
  });

  it('twice is NOT_READY too, where the second leaves no time', async () => {
    const { world, ask } = await arrangeBatch(['a', 'c'], ['b']);
    const other = new Caller(world, await world.startReplica());
    const renew = async (sub: string) => {
      await world.settled(other.revoke({ userId: sub }));
      await world.settled(other.exchange(world.mintCode({ sub })));
      await world.clock.advance(1_000);
    };
    const held = world.google.hold('refresh', 'after');
    const asked = ask(['a', 'b', 'c'], { context: world.context('caller', 20_000) });
    await world.settled(held.arrived);
    await renew('a');
    await renew('c');
    const ofA = world.google.hold('refresh', 'after');
    const ofC = world.google.hold('refresh', 'after');
    held.release();
    await world.settled(ofC.arrived);
    ofA.release();
    await world.clock.advance(0);
    await renew('a');
    expect(reasonsIn(await world.settled(asked))).toEqual(['NOT_READY', 'OK', 'NOT_READY']);
  });

  it('twice is CONCURRENT_UPDATE for that user', async () => {
    const { world, other, held, asked } = await waiting();
    const renew = async () => {
      await world.settled(other.revoke({ userId: 'a' }));
      await world.settled(other.exchange(world.mintCode({ sub: 'a' })));
      await world.clock.advance(1_000);
    };
    await renew();
    const [first, second] = [
      world.google.hold('refresh', 'after'),
      world.google.hold('refresh', 'after'),
    ];
    held.release();
    for (const next of [first, second]) {
      await world.settled(next.arrived);
      await renew();
      next.release();
    }
    expect(reasonsIn(await world.settled(asked))).toEqual(['CONCURRENT_UPDATE', 'OK']);
  });
});
