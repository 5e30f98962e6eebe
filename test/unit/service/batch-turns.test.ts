import { describe, expect, it } from 'vitest';
import { DRIVE, EMAIL, World } from '../../support/replica-fixture.ts';
import { askBatch, connectedUsers, reasonsIn } from './batch-steps.ts';

/** Two batches of one user, for different scopes, while calls have all places to Google. */
async function arrange() {
  const world = new World();
  const { replica, caller } = await connectedUsers(world, ['v', 'w', 'x', 'y', 'u'], {
    refreshes: 2,
    flightMs: 30_000,
  });
  world.google.requests.length = 0;
  const fill = (...users: string[]) =>
    users.map((userId) => {
      const held = world.google.hold('refresh');
      void world.reasonOf(caller.get({ userId }));
      return held;
    });
  const first = fill('v', 'w');
  await world.clock.advance(0);
  const answers = [DRIVE, EMAIL].map((scope) =>
    askBatch(world, replica, ['u'], { scopes: [scope], context: world.context('b', 60_000) }),
  );
  await world.clock.advance(19_000);
  const second = fill('x', 'y');
  await world.clock.advance(0);
  for (const held of first) held.release();
  const release = () => second.map((held) => held.release());
  return { world, caller, answers, release };
}

describe('a batch whose turn ends while it waits for a place to Google', () => {
  it('leaves the line, so that the user’s next refresh is at Google alone', async () => {
    const { world, caller, release } = await arrange();
    await world.clock.advance(11_500);
    const held = world.google.hold('refresh');
    void caller.get({ userId: 'u', scopes: ['openid'] });
    await world.clock.advance(0);
    const before = world.google.count('refresh');
    release();
    await world.settled(held.arrived);
    await world.clock.advance(0);
    expect(world.google.count('refresh')).toBe(before + 1);
  });

  it('is NOT_READY, which is remembered for nobody: Google was not asked', async () => {
    const { world, caller, answers, release } = await arrange();
    await world.clock.advance(11_500);
    const reasons = (await world.settled(Promise.all(answers))).flatMap(reasonsIn);
    expect(reasons).toEqual(['NOT_READY', 'NOT_READY']);
    release();
    expect(await world.reasonOf(caller.get({ userId: 'u', scopes: [EMAIL] }))).toBe('OK');
  });
});

describe('a turn that ends while its record is read', () => {
  it('sends nothing to Google any more', async () => {
    const world = new World();
    const { replica } = await connectedUsers(world, ['u'], { flightMs: 5_000 });
    world.google.requests.length = 0;
    const held = world.vault.script.hold('users.read', 'before');
    const answer = askBatch(world, replica, ['u'], { context: world.context('b', 60_000) });
    await world.clock.advance(5_000);
    held.release();
    expect(reasonsIn(await world.settled(answer))).toEqual(['NOT_READY']);
    await world.clock.advance(0);
    expect(world.google.requests).toEqual([]);
  });
});

describe('users of batches who are sent away in a pause of Google’s', () => {
  it('do not push out when calls are told to come back, for the same tokens neither', async () => {
    const world = new World();
    const users = Array.from({ length: 100 }, (_, index) => `user-${index}`);
    const { replica, caller } = await connectedUsers(world, ['u', 'v']);
    const pause = { kind: 'no_answer', cause: 'rate_limited', sent: true } as const;
    world.google.down = { ...pause, retryAfterMs: 30_000 };
    await world.reasonOf(caller.get({ userId: 'v' }));
    for (let times = 0; times < 50; times += 1) {
      await world.settled(askBatch(world, replica, [...users.slice(1), 'u']));
    }
    const refused = caller.get({ userId: 'u' }).catch((error: unknown) => error);
    const { retryAfterMs } = Object(await world.settled(refused));
    expect(retryAfterMs).toBeGreaterThan(30_000);
    expect(retryAfterMs).toBeLessThan(33_000);
  });
});
