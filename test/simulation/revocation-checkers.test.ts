import { describe, expect, it } from 'vitest';
import {
  lateTokenIsRevoked,
  noEndedTokenIsStored,
  noTokenAfterRevoke,
  refusedOnlyByARevoke,
  revokeConverges,
  revokedMeansSent,
  revokeIsFinal,
} from './checkers/revocation.ts';
import {
  EXCHANGED,
  exchangeOf,
  GET,
  gotten,
  grantOf,
  HandMade,
  REVOKE,
  REVOKED,
  USER,
} from './history-fixture.ts';

/** A consent, and a revoke that was answered OK. */
function revoked(mode: 'available' | 'strict' = 'strict'): HandMade {
  const made = new HandMade(mode).consent('A');
  made.done(REVOKE, REVOKED);
  return made;
}

const token = gotten('access of A');

describe('I5: no token after a revoke', () => {
  it('finds a call that began after OK and got one of the consent before', () => {
    const made = revoked();
    made.done(GET, token);
    expect(noTokenAfterRevoke.broken(made.history)).toHaveLength(1);
  });

  it('lets a call that began before OK get it', () => {
    const made = new HandMade().consent('A');
    const revoke = made.begin(REVOKE);
    const get = made.begin(GET);
    made.ok(revoke, REVOKED);
    made.ok(get, token);
    expect(noTokenAfterRevoke.broken(made.history)).toEqual([]);
  });

  it('lets a new consent’s token go', () => {
    const made = revoked().consent('B');
    made.done(GET, gotten('access of B'));
    expect(noTokenAfterRevoke.broken(made.history)).toEqual([]);
  });

  it('lets a revoke be a no-op for consents after granted_before', () => {
    const made = new HandMade().consent('A').stored(1, { consentedAt: 20, grants: [grantOf('A')] });
    made.done({ ...REVOKE, grantedBefore: 10 }, REVOKED);
    made.done(GET, token);
    expect(noTokenAfterRevoke.broken(made.history)).toEqual([]);
  });

  it.each([
    ['available', 0],
    ['strict', 1],
  ] as const)('excuses a replica that is cut off in mode %s: %i', (mode, violations) => {
    const made = revoked(mode);
    const get = made.begin(GET);
    made.facts({ kind: 'cut-off', replica: 'r1/1', since: get.begun.order });
    made.ok(get, token);
    expect(noTokenAfterRevoke.broken(made.history)).toHaveLength(violations);
  });

  it('does not excuse a token that was made after the revoke, nor another replica', () => {
    const made = revoked('available').facts({ kind: 'cut-off', replica: 'r2/1', since: 0 });
    made.done(GET, token);
    expect(noTokenAfterRevoke.broken(made.history)).toHaveLength(1);
  });
});

describe('I6: a revoke is final', () => {
  it('finds an active record with a consent from before', () => {
    const made = revoked().stored(1, { grants: [grantOf('A')] });
    expect(revokeIsFinal.broken(made.history)).toHaveLength(1);
  });

  it('takes a record that is being revoked, and a consent after it', () => {
    const made = revoked().stored(1, { state: 'revoking', grants: [grantOf('A')] });
    made.consent('B').stored(2, { grants: [grantOf('B')] });
    expect(revokeIsFinal.broken(made.history)).toEqual([]);
  });

  it('finds a tombstone over a token that Google was never told of', () => {
    const made = new HandMade().stored(1, { toRevoke: ['late'], grants: [grantOf('A')] });
    made
      .facts({ kind: 'revoked-at-google', token: 'refresh of A' })
      .stored(2, { state: 'revoked' });
    expect(revokedMeansSent.broken(made.history)).toEqual([
      expect.stringContaining('dropped late without'),
    ]);
  });

  it('finds a token that is stored after a revoke has ended it', () => {
    const ended = { kind: 'refresh-token-ended', token: 'refresh of A', why: 'revoked' } as const;
    const bad = new HandMade()
      .consent('A')
      .facts(ended)
      .stored(1, { grants: [grantOf('A')] });
    const good = new HandMade()
      .consent('A')
      .stored(1, { grants: [grantOf('A')] })
      .facts(ended);
    expect(noEndedTokenIsStored.broken(bad.history)).toHaveLength(1);
    expect(noEndedTokenIsStored.broken(good.history)).toEqual([]);
  });

  it('finds a token that came too late and lives on', () => {
    const made = new HandMade().consent('A');
    made.fail(made.begin(exchangeOf('A')), 'USER_REVOKED');
    made.rest({ state: 'revoked' });
    expect(lateTokenIsRevoked.broken(made.history)).toHaveLength(1);
    made.facts({ kind: 'refresh-token-ended', token: 'refresh of A', why: 'revoked' });
    expect(lateTokenIsRevoked.broken(made.history)).toEqual([]);
  });

  it('finds a consent that is refused although nobody was revoked', () => {
    const made = new HandMade();
    made.done(REVOKE, REVOKED);
    made.fail(made.begin(exchangeOf('A')), 'USER_REVOKED');
    expect(refusedOnlyByARevoke.broken(made.history)).toHaveLength(1);
  });

  it('lets a revoke that runs refuse a consent', () => {
    const made = new HandMade();
    const exchange = made.begin(exchangeOf('A'));
    made.done(REVOKE, REVOKED);
    made.fail(exchange, 'USER_REVOKED');
    expect(refusedOnlyByARevoke.broken(made.history)).toEqual([]);
  });
});

describe('I6: every revocation ends', () => {
  it.each([
    ['a marker', () => new HandMade().rest(undefined, [`${USER}-1`])],
    ['a record that is being revoked', () => new HandMade().rest({ state: 'revoking' })],
    ['a token to revoke', () => new HandMade().rest({ toRevoke: ['late'] })],
  ])('finds %s that is left', (_name, make) => {
    expect(revokeConverges.broken(make().history)).toHaveLength(1);
  });

  it('takes a user who is revoked', () => {
    const made = new HandMade();
    made.done(exchangeOf('A'), EXCHANGED);
    expect(revokeConverges.broken(made.rest({ state: 'revoked' }).history)).toEqual([]);
  });
});
