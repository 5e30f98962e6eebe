import { describe, expect, it } from 'vitest';
import { EMAIL, tokenOf, World } from '../../support/replica-fixture.ts';
import { rightsWith } from '../../support/rights.ts';
import { askBatch, connectedUsers, reasonsIn } from './batch-steps.ts';
import { expected } from './steps.ts';

const USERS = ['a', 'b', 'c', 'd', 'e', 'f'];
const HOUR = 3_600_000;
const LONG_LIFE = { refreshes: 4 };

async function arrange(limits: Parameters<World['startReplica']>[0] = LONG_LIFE) {
  const world = new World();
  const { replica, caller } = await connectedUsers(world, USERS, limits);
  world.google.requests.length = 0;
  world.vault.script.clearCalls();
  const ask = (users: readonly string[], fields: Parameters<typeof askBatch>[3] = {}) =>
    askBatch(world, replica, users, { context: world.context('batch', 60_000), ...fields });
  return { world, replica, caller, ask };
}

describe('what a batch has to get', () => {
  it('takes half of the places to Google, and leaves the others to calls', async () => {
    const { world, caller, ask } = await arrange();
    const held = USERS.map(() => world.google.hold('refresh'));
    const answer = ask(USERS.slice(0, 4));
    await world.settled(held[1]?.arrived);
    await world.clock.advance(1_000);
    expect(world.google.count('refresh')).toBe(2);
    void caller.get({ userId: 'e' });
    void caller.get({ userId: 'f' });
    await world.settled(held[3]?.arrived);
    expect(world.google.count('refresh')).toBe(4);
    for (const each of held) each.release();
    expect(reasonsIn(await world.settled(answer))).toEqual(['OK', 'OK', 'OK', 'OK']);
  });

  it('reads half of the records at a time that Vault is asked for, the domain check included', async () => {
    const { world, ask } = await arrange({ refreshes: 64 });
    const users = Array.from({ length: 40 }, (_, index) => `nobody-${index}`);
    const rights = rightsWith({ users: new Set(['corp.example']) });
    for (const context of [{ rights }, {}]) {
      world.vault.script.clearCalls();
      const held = world.vault.script.hold('users.read', 'before');
      const answer = ask(users, { context: { ...world.context('batch', 60_000), ...context } });
      await world.clock.advance(0);
      expect(world.vault.script.count('users.read')).toBe(16);
      held.release();
      await world.settled(answer);
    }
  });

  it('is hurried by a call for the same token', async () => {
    const { world, caller, ask } = await arrange();
    const held = USERS.map(() => world.google.hold('refresh'));
    void ask(USERS);
    await world.settled(held[1]?.arrived);
    // The fifth in the line of the batches.
    const call = caller.get({ userId: 'f' });
    await world.settled(held[2]?.arrived);
    held[2]?.release();
    expect(await world.reasonOf(call)).toBe('OK');
  });

  it('is hurried by a call for another token of the same user, which comes after it', async () => {
    const { world, caller, ask } = await arrange();
    const held = USERS.map(() => world.google.hold('refresh'));
    void ask(USERS);
    void ask(['f'], { scopes: [EMAIL] });
    await world.settled(held[1]?.arrived);
    const call = caller.get({ userId: 'f', scopes: ['openid'] });
    for (const each of held.slice(2, 5)) {
      await world.settled(each.arrived);
      each.release();
    }
    expect(await world.reasonOf(call)).toBe('OK');
  });

  it('is hurried by a call while its record’s read waits behind those of batches', async () => {
    const { world, caller, ask } = await arrange({ refreshes: 64 });
    const users = Array.from({ length: 20 }, (_, index) => `nobody-${index}`);
    world.vault.script.hold('users.read', 'before');
    void ask([...users, 'f']);
    await world.clock.advance(0);
    expect(world.vault.script.count('users.read')).toBe(16);
    void world.reasonOf(caller.get({ userId: 'f' }));
    await world.clock.advance(0);
    expect(world.vault.script.count('users.read')).toBe(17);
  });

  it('holds nobody’s refresh ahead back, and waits with its own', async () => {
    const world = new World();
    const { replica, caller } = await connectedUsers(world, USERS, { refreshes: 2 });
    for (const userId of USERS.slice(0, 3)) await caller.token({ userId });
    world.google.requests.length = 0;
    await world.clock.advance(40 * 60_000);
    const held = USERS.map(() => world.google.hold('refresh'));
    void askBatch(world, replica, ['e', 'f']);
    await world.settled(held[0]?.arrived);
    await world.settled(askBatch(world, replica, ['a']));
    await world.clock.advance(0);
    expect(world.google.count('refresh')).toBe(1);
    await caller.token({ userId: 'b' });
    await world.settled(held[1]?.arrived);
    expect(world.google.count('refresh')).toBe(2);
  });
});

describe('a cache that is full', () => {
  /** A cache of three, and whose tokens are in it: those that cost no refresh. */
  async function full() {
    const started = await arrange({ cachedTokens: 3 });
    const { world, replica } = started;
    world.google.project.accessTokenLifeMs = 3 * HOUR;
    // What the exchanges have left in it has not been used for an hour then.
    await world.clock.advance(HOUR);
    const cached = async () => {
      const before = world.google.count('refresh');
      world.google.down = { kind: 'no_answer', cause: 'unavailable', sent: false };
      const answers = await world.settled(askBatch(world, replica, USERS));
      world.google.down = undefined;
      world.google.requests.length = before;
      await world.clock.advance(6_000);
      return USERS.filter((_, index) => reasonsIn(answers)[index] === 'OK');
    };
    return { ...started, cached };
  }

  it('keeps the tokens of those who were called for within the hour, and hands out the others', async () => {
    const { world, caller, ask, cached } = await full();
    for (const userId of ['a', 'b', 'c']) await caller.token({ userId });
    const answer = await world.settled(ask(['d', 'e', 'f']));
    expect(reasonsIn(answer)).toEqual(['OK', 'OK', 'OK']);
    expect(await cached()).toEqual(['a', 'b', 'c']);
  });

  it('gives up what batches have got first, the oldest before others', async () => {
    const { world, caller, ask, cached } = await full();
    await caller.token({ userId: 'a' });
    await world.settled(ask(['b']));
    await world.settled(ask(['c']));
    await world.settled(ask(['c', 'd']));
    expect(await cached()).toEqual(['a', 'c', 'd']);
    await caller.token({ userId: 'e' });
    await caller.token({ userId: 'f' });
    expect(await cached()).toEqual(['a', 'e', 'f']);
  });

  it('then what nobody has called for during an hour', async () => {
    const { world, caller, ask, cached } = await full();
    for (const userId of ['a', 'b', 'c']) await caller.token({ userId });
    await world.clock.advance(HOUR - 60_000);
    await caller.token({ userId: 'b' });
    await world.clock.advance(120_000);
    await world.settled(ask(['d', 'e', 'f']));
    expect(await cached()).toContain('b');
    expect(await cached()).not.toContain('a');
  });

  it('counts what a call has waited for as called for, also where a batch had begun it', async () => {
    const { world, caller, ask, cached } = await full();
    const held = world.google.hold('refresh');
    const batch = ask(['a']);
    await world.settled(held.arrived);
    const call = caller.get({ userId: 'a' });
    held.release();
    await world.settled(Promise.all([batch, call]));
    for (const userId of ['b', 'c']) await caller.token({ userId });
    await world.settled(ask(['d']));
    expect(await cached()).toEqual(['a', 'b', 'c']);
  });

  it('treats what a batch has got like any other once a call has used it', async () => {
    const { world, replica, caller, ask, cached } = await full();
    await world.settled(ask(['a', 'b', 'c']));
    const hit = replica.tokenVault.getAccessToken(tokenOf({ userId: 'b' }), world.context());
    expect(hit).not.toBeInstanceOf(Promise);
    for (const userId of ['d', 'e']) await caller.token({ userId });
    await world.settled(ask(['f']));
    expect(await cached()).toEqual(['b', 'd', 'e']);
  });

  it('forgets what a batch has got when the user is revoked', async () => {
    const { world, caller, ask } = await full();
    await world.settled(ask(['a', 'b']));
    await world.settled(expected(caller.revoke({ userId: 'a' })));
    expect(reasonsIn(await world.settled(ask(['a', 'b'])))).toEqual(['USER_REVOKED', 'OK']);
  });
});
