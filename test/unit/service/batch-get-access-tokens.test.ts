import { describe, expect, it } from 'vitest';
import { DRIVE, EMAIL, World } from '../../support/replica-fixture.ts';
import { rightsWith } from '../../support/rights.ts';
import {
  arrangeBatch,
  askBatch,
  batchOf,
  connectedUsers,
  reasonsIn,
  textsIn,
} from './batch-steps.ts';

describe('a batch of cached tokens', () => {
  it('is answered at once, without a promise and without any call', async () => {
    const { world, replica, caller } = await arrangeBatch(['a', 'b']);
    const answer = replica.tokenVault.batchGetAccessTokens(batchOf(['b', 'a']), world.context());
    if (answer instanceof Promise) throw new Error('it is a promise');
    expect(textsIn(answer)).toEqual([
      (await caller.token({ userId: 'b' })).accessToken.reveal(),
      (await caller.token({ userId: 'a' })).accessToken.reveal(),
    ]);
    expect(answer.scopes).toEqual([DRIVE]);
    expect(world.vault.script.calls).toEqual([]);
    expect(world.google.requests).toEqual([]);
  });

  it('has the very objects that single calls have, so that their bytes can be kept', async () => {
    const { world, caller, ask } = await arrangeBatch(['a']);
    const { results } = await world.settled(ask(['a']));
    expect(results[0]).toBe(await caller.token({ userId: 'a' }));
  });

  it('refreshes ahead what is in the second half of its life', async () => {
    const { world, ask } = await arrangeBatch(['a', 'b']);
    await world.clock.advance(31 * 60_000);
    await world.settled(ask(['a', 'b']));
    await world.clock.advance(0);
    expect(world.google.count('refresh')).toBe(2);
  });
});

describe('a batch', () => {
  it('has a result for each user, in their order, and equal ones for who is named twice', async () => {
    const { world, ask } = await arrangeBatch(['b'], ['a', 'c']);
    const answer = await world.settled(ask(['c', 'b', 'nobody', 'a', 'c', 'nobody']));
    expect(reasonsIn(answer)).toEqual([
      'OK',
      'OK',
      'USER_NOT_CONNECTED',
      'OK',
      'OK',
      'USER_NOT_CONNECTED',
    ]);
    const texts = textsIn(answer);
    expect(texts[4]).toBe(texts[0]);
    expect(new Set(texts.slice(0, 4)).size).toBe(4);
    expect(world.google.count('refresh')).toBe(2);
  });

  it('shares its refreshes with single calls and other batches', async () => {
    const { world, caller, ask } = await arrangeBatch([], ['a']);
    const held = world.google.hold('refresh');
    const answers = [ask(['a']), ask(['a'])];
    const single = caller.get({ userId: 'a' });
    await world.settled(held.arrived);
    held.release();
    const texts = (await world.settled(Promise.all(answers))).flatMap(textsIn);
    expect(new Set([...texts, (await single).accessToken.reveal()]).size).toBe(1);
    expect(world.google.count('refresh')).toBe(1);
  });

  it.each([
    ['oauthClient', { oauthClients: new Set<string>() }],
    ['scope', { maxScopes: new Set([EMAIL]) }],
  ])('ends as a whole where the caller may not have the %s', async (deniedBy, limits) => {
    const { world, ask } = await arrangeBatch(['a']);
    const context = { ...world.context(), rights: rightsWith(limits) };
    await expect(world.settled(ask(['a'], { context }))).rejects.toMatchObject({
      reason: 'CALLER_NOT_ALLOWED',
      metadata: { deniedBy },
    });
  });

  it('refuses a restricted caller the users of other domains alone, cached or not', async () => {
    const world = new World();
    const { replica, caller } = await connectedUsers(world, ['plain']);
    await world.connect(replica.tokenVault, {
      sub: 'corp',
      profile: { hostedDomain: 'corp.example' },
    });
    await caller.token({ userId: 'plain' });
    const rights = rightsWith({ users: new Set(['corp.example']) });
    const context = { ...world.context(), rights };
    const asked = askBatch(world, replica, ['plain', 'corp', 'nobody'], { context });
    const answer = await world.settled(asked);
    expect(reasonsIn(answer)).toEqual(['CALLER_NOT_ALLOWED', 'OK', 'CALLER_NOT_ALLOWED']);
    expect(answer.results[0]).toMatchObject({ metadata: { deniedBy: 'user' } });
  });

  it('gives the others their tokens where the work for one user meets a defect', async () => {
    const { world, ask } = await arrangeBatch(['a'], ['b']);
    world.google.refresh = () => {
      throw new TypeError('a defect');
    };
    expect(reasonsIn(await world.settled(ask(['b', 'a'])))).toEqual(['INTERNAL', 'OK']);
    expect(world.logger.lines).toContainEqual(
      expect.objectContaining({ event: 'unexpected_error', requestId: 'request-1' }),
    );
  });
});

describe('shortly before its deadline', () => {
  it('a batch answers with what it has, and the rest is there for who asks again', async () => {
    const { world, ask } = await arrangeBatch(['a'], ['b']);
    const held = world.google.hold('refresh', 'after');
    const asked = ask(['a', 'b'], { context: world.context('caller', 4_000) });
    const answeredAt = asked.then(() => world.clock.monotonic());
    const from = world.clock.monotonic();
    const answer = await world.settled(asked);
    expect((await answeredAt) - from).toBe(3_500);
    expect(reasonsIn(answer)).toEqual(['OK', 'NOT_READY']);
    expect(answer.results[1]).toMatchObject({ retryAfterMs: 1_000 });
    held.release();
    await world.clock.advance(0);
    expect(reasonsIn(await world.settled(ask(['a', 'b'])))).toEqual(['OK', 'OK']);
    expect(world.google.count('refresh')).toBe(1);
  });

  it('keeps a quarter of a short one', async () => {
    const { world, ask } = await arrangeBatch([], ['a']);
    world.google.hold('refresh');
    const from = world.clock.monotonic();
    await world.settled(ask(['a'], { context: world.context('caller', 400) }));
    expect(world.clock.monotonic() - from).toBe(300);
  });
});

describe('a token that grows old while its batch waits for others', () => {
  it.each([
    ['has ended', 0],
    ['will end before the least life that was asked for', 120_000],
  ])('is replaced where it %s', async (_, minTtlMs) => {
    const world = new World();
    const { replica, caller } = await connectedUsers(world, ['a', 'b'], { freshShare: 1 });
    const { expireTime } = await caller.token({ userId: 'a' });
    await world.clock.advance(expireTime - world.clock.now() - minTtlMs - 5_000);
    const held = world.google.hold('refresh');
    const context = world.context('caller', 20_000);
    const asked = askBatch(world, replica, ['a', 'b'], { minTtlMs, context });
    await world.settled(held.arrived);
    await world.clock.advance(10_000);
    held.release();
    const [token] = (await world.settled(asked)).results;
    expect(token).toMatchObject({ key: { userId: 'a' } });
    expect(token).not.toMatchObject({ expireTime });
  });
});
