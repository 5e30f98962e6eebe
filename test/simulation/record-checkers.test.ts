import { describe, expect, it } from 'vitest';
import { linearizable } from './checkers/linearizable.ts';
import { lateCommitsLand } from './checkers/liveness.ts';
import {
  generationNeverGoesBack,
  nothingIsLost,
  noUserDeadWithoutCause,
  rotatedTokenIsStoredFirst,
} from './checkers/records.ts';
import {
  accessToken,
  EXCHANGED,
  exchangeOf,
  GET,
  GET_USER,
  gotten,
  grantOf,
  HandMade,
  REVOKE,
  REVOKED,
  storedUser,
  USER,
} from './history-fixture.ts';

/** A consent that was answered OK. */
function connected(): HandMade {
  const made = new HandMade();
  const exchange = made.begin(exchangeOf('A'));
  made.consent('A').stored(1, { grants: [grantOf('A')] });
  made.ok(exchange, EXCHANGED);
  return made;
}

describe('I1 and I2: nothing is lost after OK', () => {
  it.each([
    ['no record', undefined],
    ['a record without its scopes', { grants: [] }],
    ['a token that is called dead', { grants: [grantOf('A', 'dead')] }],
    ['a revoked record', { state: 'revoked' as const }],
  ])('finds %s at rest', (_name, rest) => {
    expect(nothingIsLost.broken(connected().rest(rest).history)).toHaveLength(1);
  });

  it('finds an OK for a code that Google never took', () => {
    const made = new HandMade();
    made.done(exchangeOf('A'), EXCHANGED);
    expect(nothingIsLost.broken(made.rest({}).history)).toHaveLength(1);
  });

  it('takes the token itself, or a newer one with its scopes', () => {
    expect(nothingIsLost.broken(connected().rest({ grants: [grantOf('A')] }).history)).toEqual([]);
    expect(nothingIsLost.broken(connected().rest({ grants: [grantOf('B')] }).history)).toEqual([]);
  });

  it('excuses a revoke that came later, and what Google ended', () => {
    const revoked = connected();
    revoked.done(REVOKE, REVOKED);
    expect(nothingIsLost.broken(revoked.rest({ state: 'revoked' }).history)).toEqual([]);
    const left = connected();
    left.facts({ kind: 'refresh-token-ended', token: 'refresh of A', why: 'left' });
    expect(nothingIsLost.broken(left.rest({}).history)).toEqual([]);
  });

  it('excuses one whose code was on its way with that of another that its user ended, and no other', () => {
    const sent = (code: string) => ({ kind: 'code-sent', code, secret: 'secret' }) as const;
    const lost = (made: HandMade) => {
      made.done(exchangeOf('A'), EXCHANGED);
      return nothingIsLost.broken(made.rest({}).history);
    };
    const left = { kind: 'refresh-token-ended', token: 'refresh of B', why: 'left' } as const;
    const crossed = () => new HandMade().facts(sent('A'), sent('B')).consent('A').consent('B');
    expect(lost(crossed().facts(left))).toEqual([]);
    expect(lost(crossed())).toHaveLength(1);
    const apart = new HandMade().facts(sent('A')).consent('A').facts(sent('B')).consent('B');
    expect(lost(apart.facts(left))).toHaveLength(1);
  });

  it('does not excuse a revoke that a newer consent makes a no-op', () => {
    const made = connected().stored(2, { consentedAt: 20 });
    made.done({ ...REVOKE, grantedBefore: 10 }, REVOKED);
    expect(nothingIsLost.broken(made.rest({ state: 'revoked' }).history)).toHaveLength(1);
  });
});

describe('I3: generations never go back', () => {
  it.each([
    ['a lower generation', { generation: 4 }],
    ['a generation that jumps', { generation: 7 }],
    ['a counter that begins anew', { version: 1, generation: 5 }],
    ['an old generation at a revocation', { state: 'revoking' as const, generation: 5 }],
    ['a newest consent that gets older', { generation: 5, consentedAt: 10 }],
  ])('finds %s', (_name, fields) => {
    const made = new HandMade().stored(1, { generation: 1, consentedAt: 20 });
    for (let version = 2; version <= 5; version += 1) made.stored(version, { consentedAt: 20 });
    const record = { ...storedUser(6, { generation: 5, consentedAt: 20 }), ...fields };
    made.facts({ kind: 'stored', user: USER, record });
    expect(generationNeverGoesBack.broken(made.history).length).toBeGreaterThan(0);
  });

  it('takes a rise by one at a consent, and none at a refresh', () => {
    const made = new HandMade().stored(1).stored(2, { generation: 1 }).stored(3, { generation: 2 });
    expect(generationNeverGoesBack.broken(made.history)).toEqual([]);
  });
});

describe('I4: a rotated token is stored first', () => {
  const rotated = { token: 'minted', refreshToken: 'rotated' };

  it('finds an access token that leaves before', () => {
    const bare = new HandMade().consent('A').stored(1).facts(accessToken('A', rotated));
    bare.facts({ kind: 'refresh-token', token: 'rotated', consent: 'A' });
    bare.done(GET, gotten('minted'));
    expect(rotatedTokenIsStoredFirst.broken(bare.history)).toHaveLength(1);
  });

  it('takes one that leaves after', () => {
    const made = new HandMade().consent('A').stored(1).facts(accessToken('A', rotated));
    made.stored(2, { toRevoke: ['rotated'] });
    made.done(GET, gotten('minted'));
    expect(rotatedTokenIsStoredFirst.broken(made.history)).toEqual([]);
  });
});

describe('I11: nobody is dead for another’s fault', () => {
  it('finds a mark on a token that works', () => {
    const made = connected().stored(2, { grants: [grantOf('A', 'dead')] });
    expect(noUserDeadWithoutCause.broken(made.history)).toHaveLength(1);
  });

  it('finds an answer that wants a new consent for nothing', () => {
    const made = connected();
    made.fail(made.begin(GET), 'USER_RECONSENT_REQUIRED');
    expect(noUserDeadWithoutCause.broken(made.history)).toHaveLength(1);
  });

  it('takes both after Google has ended the token', () => {
    const made = connected();
    made.facts({ kind: 'refresh-token-ended', token: 'refresh of A', why: 'left' });
    made.stored(2, { grants: [grantOf('A', 'dead')] });
    made.fail(made.begin(GET), 'USER_RECONSENT_REQUIRED');
    expect(noUserDeadWithoutCause.broken(made.history)).toEqual([]);
  });
});

describe('I12: what Google gave comes to an outcome', () => {
  it('finds a code whose last repeat is told to wait', () => {
    const made = new HandMade().consent('A');
    made.fail(made.begin(exchangeOf('A')), 'EXCHANGE_IN_PROGRESS');
    expect(lateCommitsLand.broken(made.rest({}).history)).toHaveLength(1);
  });

  it('excuses a replica that died', () => {
    const made = new HandMade().consent('A').facts({ kind: 'crashed', replica: 'r1/1' });
    made.fail(made.begin(exchangeOf('A')), 'EXCHANGE_OUTCOME_UNKNOWN');
    expect(lateCommitsLand.broken(made.rest({}).history)).toEqual([]);
  });
});

describe('a user as one sequential object', () => {
  const active = { state: 'active', oauthClients: ['default'] } as const;

  it('takes a consent, a look, a revoke and a look', () => {
    const made = connected();
    made.done(GET_USER, active);
    made.done(REVOKE, REVOKED);
    made.done(GET_USER, { state: 'revoked', oauthClients: [] });
    expect(linearizable.broken(made.history)).toEqual([]);
  });

  it.each([
    ['is unknown after OK', (made: HandMade) => made.fail(made.begin(GET), 'USER_NOT_CONNECTED')],
    [
      'is revoked though nobody was',
      (made: HandMade) => made.fail(made.begin(GET), 'USER_REVOKED'),
    ],
    [
      'has another client',
      (made: HandMade) => made.done(GET_USER, { ...active, oauthClients: ['other'] }),
    ],
    [
      'is active after a revoke',
      (made: HandMade) => {
        made.done(REVOKE, REVOKED);
        made.done(GET_USER, active);
      },
    ],
  ])('finds one who %s', (_name, act) => {
    const made = connected();
    act(made);
    expect(linearizable.broken(made.history)).toHaveLength(1);
  });

  it('finds a consent that lands after a revoke which began after it', () => {
    const made = new HandMade();
    const exchange = made.begin(exchangeOf('A'));
    made.consent('A');
    made.done(REVOKE, REVOKED);
    made.done(GET_USER, active);
    made.ok(exchange, EXCHANGED);
    expect(linearizable.broken(made.history)).toHaveLength(1);
  });

  it('lets a revoke that failed take effect at any time, or never', () => {
    const made = connected();
    made.fail(made.begin(REVOKE), 'STORE_UNAVAILABLE');
    made.done(GET_USER, active);
    made.fail(made.begin(GET), 'USER_REVOKED');
    expect(linearizable.broken(made.history)).toEqual([]);
  });

  it('finds a token of a consent that is not stored', () => {
    const made = new HandMade();
    made.done(GET, gotten('access of A'));
    made.consent('A');
    expect(linearizable.broken(made.history)).toHaveLength(1);
  });
});
