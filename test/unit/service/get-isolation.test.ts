import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DRIVE, EMAIL, World } from '../../support/replica-fixture.ts';
import { Caller, expected, oneReplica } from './steps.ts';

const USERS = ['sub-1', 'sub-2', 'sub-3'] as const;
const SCOPES = [[DRIVE], [EMAIL], [DRIVE, EMAIL]] as const;

const step = fc.oneof(
  fc.record({
    kind: fc.constant('get' as const),
    user: fc.constantFrom(...USERS),
    scopes: fc.constantFrom(...SCOPES),
    replica: fc.nat(1),
  }),
  fc.record({
    kind: fc.constant('exchange' as const),
    user: fc.constantFrom(...USERS),
    replica: fc.nat(1),
  }),
  fc.record({
    kind: fc.constant('revoke' as const),
    user: fc.constantFrom(...USERS),
    replica: fc.nat(1),
  }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 40_000 }) }),
);

/** I10: whatever happens, in whatever order and overlap. */
describe('a token that is handed out', () => {
  it('is always the asked user’s, with exactly the asked scopes, and has not expired', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.boolean(), async (steps, rotating) => {
        const world = new World();
        world.google.project.rotating = rotating;
        world.google.latencyMs = 40;
        world.google.project.accessTokenLifeMs = 60_000;
        const { caller } = await oneReplica(world);
        const callers = [caller, new Caller(world, await world.startReplica())];
        const running: Promise<unknown>[] = [];
        for (const one of steps) {
          if (one.kind === 'wait') {
            await world.clock.advance(one.ms);
            continue;
          }
          const by = callers[one.replica] ?? caller;
          if (one.kind === 'exchange') {
            running.push(by.exchange(world.mintCode({ sub: one.user, refreshToken: true })));
          }
          if (one.kind === 'revoke') running.push(by.revoke({ userId: one.user }));
          if (one.kind === 'get') {
            const { user: userId, scopes } = one;
            const token = by.get({ userId, scopes });
            running.push(expected(token.then((issued) => check(world, one, issued))));
          }
        }
        const outcomes = await world.settled(Promise.allSettled(running));
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') expect(outcome.reason).toHaveProperty('reason');
        }
      }),
      { numRuns: 25 },
    );
  });
});

function check(
  world: World,
  asked: { readonly user: string; readonly scopes: readonly string[] },
  token: Awaited<ReturnType<Caller['get']>>,
): void {
  expect(token.expireTime).toBeGreaterThan(world.clock.now());
  expect(token.scopes).toEqual(asked.scopes);
  const owner = world.google.project.accessTokenOwner(token.accessToken);
  // A revocation at Google may have ended it since: then nobody owns it.
  if (owner === undefined) return;
  expect(owner).toMatchObject({ sub: asked.user, scopes: [...asked.scopes].sort() });
}
