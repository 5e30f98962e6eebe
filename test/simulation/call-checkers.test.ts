import { describe, expect, it } from 'vitest';
import { wrongSecretFailsNoCall } from './checkers/client-secrets.ts';
import { codeIsSentOnce, repeatsAgree } from './checkers/codes.ts';
import {
  everyOperationEnds,
  nothingUnexpected,
  oneRefreshAtATime,
  startsOverOnce,
} from './checkers/liveness.ts';
import { noExpiredToken, ownTokensOnly, rejectedTokenIsReplaced } from './checkers/tokens.ts';
import type { FactBody } from './history.ts';
import {
  accessToken,
  DRIVE,
  EXCHANGED,
  exchangeOf,
  GET,
  gotten,
  HandMade,
  USER,
} from './history-fixture.ts';

const sent = (secret: string) => ({ kind: 'code-sent', code: 'A', secret }) as const;
const refused = (secret: string) => ({ kind: 'client-refused', code: 'A', secret }) as const;

describe('I8: a code is sent once', () => {
  it.each([
    ['twice', [sent('old'), sent('old')]],
    ['again with the secret that was refused', [sent('old'), refused('old'), sent('old')]],
    ['again before the refusal', [sent('old'), sent('new'), refused('old')]],
    ['three times', [sent('old'), refused('old'), sent('new'), sent('new')]],
  ])('finds one that is sent %s', (_name, facts) => {
    expect(codeIsSentOnce.broken(new HandMade().facts(...facts).history)).toHaveLength(1);
  });

  it('allows the other secret after a refused one', () => {
    const made = new HandMade().facts(sent('old'), refused('old'), sent('new'));
    expect(codeIsSentOnce.broken(made.history)).toEqual([]);
  });
});

describe('I8: repeats are answered alike', () => {
  it.each([
    ['another request', exchangeOf('A', 'another'), EXCHANGED],
    ['another answer', exchangeOf('A'), { ...EXCHANGED, kept: true }],
    ['another user', exchangeOf('A'), { ...EXCHANGED, user: 'user-2' }],
  ])('finds an OK for %s', (_name, call, answer) => {
    const made = new HandMade();
    made.done(exchangeOf('A'), EXCHANGED);
    made.done(call, answer);
    expect(repeatsAgree.broken(made.history).length).toBeGreaterThan(0);
  });

  it('takes honest repeats', () => {
    const made = new HandMade();
    for (let repeat = 0; repeat < 3; repeat += 1) made.done(exchangeOf('A'), EXCHANGED);
    expect(repeatsAgree.broken(made.history)).toEqual([]);
  });
});

describe('I19: a wrong secret fails no call', () => {
  const trouble = (what: 'mistyped' | 'dropped', oauthClient = 'default') =>
    ({ kind: 'secret-trouble', oauthClient, what }) as const;

  function rejected(made: HandMade, replica?: string): readonly string[] {
    made.fail(made.begin(GET, replica), 'PROVIDER_CLIENT_REJECTED');
    return wrongSecretFailsNoCall.broken(made.history);
  }

  it('finds a call that Google refused where it accepted one before', () => {
    const made = new HandMade();
    made.done(exchangeOf('A'), EXCHANGED);
    expect(rejected(made.facts(trouble('mistyped'), trouble('dropped', 'other')))).toHaveLength(1);
  });

  it.each([
    ['whose secret Google has forgotten', trouble('dropped'), 'r1/1'],
    ['that never had another one', trouble('mistyped'), 'r1/2'],
  ])('allows it at a replica %s', (_name, fact, replica) => {
    const made = new HandMade();
    made.done(exchangeOf('A'), EXCHANGED);
    expect(rejected(made.facts(fact), replica)).toEqual([]);
  });

  it('allows it as the outcome that a replica without another one recorded', () => {
    const made = new HandMade();
    made.done(exchangeOf('A'), EXCHANGED);
    made.facts(trouble('mistyped'));
    for (const replica of ['r1/2', 'r1/1']) {
      made.fail(made.begin(exchangeOf('B'), replica), 'PROVIDER_CLIENT_REJECTED');
    }
    expect(wrongSecretFailsNoCall.broken(made.history)).toEqual([]);
  });

  it('allows it where nobody had asked before the wrong one was there', () => {
    expect(rejected(new HandMade().facts(trouble('mistyped')))).toEqual([]);
  });
});

describe('I9: no expired token', () => {
  /** A token of 100 s, got after `ageMs`. */
  function got(ageMs: number, minTtlMs = 0): HandMade {
    const made = new HandMade().facts(accessToken('A', { token: 'T', lifeMs: 100_000 }));
    made.facts({ kind: 'delivered', replica: 'r1/1', accessToken: 'T' });
    made.time = ageMs;
    made.done({ ...GET, minTtlMs }, gotten('T'));
    return made;
  }

  it('finds one that has ended, or is too short for the call', () => {
    expect(noExpiredToken.broken(got(100_000).history)).toHaveLength(1);
    expect(noExpiredToken.broken(got(70_000, 60_000).history)).toHaveLength(1);
  });

  it('takes one with enough left, and a young one', () => {
    expect(noExpiredToken.broken(got(99_000).history)).toEqual([]);
    expect(noExpiredToken.broken(got(50_000, 60_000).history)).toEqual([]);
  });

  it('finds the very token that was said to be refused', () => {
    const made = new HandMade();
    made.done({ ...GET, rejected: 'T' }, gotten('T'));
    expect(rejectedTokenIsReplaced.broken(made.history)).toHaveLength(1);
  });
});

describe('I10: nobody else’s token, and none that is wider', () => {
  it.each([
    ['nobody’s', undefined],
    ['another user’s', { user: 'user-2' }],
    ['another client’s', { oauthClient: 'other' }],
    ['a wider', { scopes: [DRIVE, 'gmail'] }],
  ])('finds %s', (_name, fields) => {
    const made = new HandMade();
    if (fields !== undefined) made.facts(accessToken('A', { token: 'T', ...fields }));
    made.done(GET, gotten('T'));
    expect(ownTokensOnly.broken(made.history)).toHaveLength(1);
  });

  it('finds other scopes in the answer than in the token', () => {
    const made = new HandMade().facts(accessToken('A', { token: 'T' }));
    made.done(GET, gotten('T', ['gmail']));
    expect(ownTokensOnly.broken(made.history)).toHaveLength(1);
  });

  it('takes one’s own', () => {
    const made = new HandMade().facts(accessToken('A', { token: 'T' }));
    made.done(GET, gotten('T'));
    expect(ownTokensOnly.broken(made.history)).toEqual([]);
  });
});

describe('I17: every operation ends', () => {
  it('finds one that has no answer at rest, unless its replica died', () => {
    const made = new HandMade();
    const operation = made.begin(GET);
    made.rest({});
    expect(everyOperationEnds.broken(made.history)).toHaveLength(1);
    operation.lost = true;
    expect(everyOperationEnds.broken(made.history)).toEqual([]);
  });

  it('finds an unexpected error', () => {
    const made = new HandMade();
    made.fail(made.begin(GET), 'INTERNAL');
    expect(nothingUnexpected.broken(made.history)).toHaveLength(1);
  });
});

describe('I7: one refresh at a time', () => {
  const begun = (request: number, replica = 'r1/1') =>
    ({ kind: 'refresh-begun', request, replica, user: USER, oauthClient: 'default' }) as const;
  const over = (request: number) => ({ kind: 'refresh-over', request }) as const;

  it('finds two of one user and client side by side', () => {
    const made = new HandMade().facts(begun(1), begun(2), over(1), over(2));
    expect(oneRefreshAtATime.broken(made.history)).toHaveLength(1);
  });

  it('takes them one after the other, at two replicas, or after the longest turn', () => {
    const made = new HandMade().facts(begun(1), over(1), begun(2), begun(3, 'r2/1'));
    made.begin(GET);
    made.time = 30_000;
    made.facts(begun(4));
    expect(oneRefreshAtATime.broken(made.history)).toEqual([]);
  });
});

describe('I7: nobody waits for an outdated refresh', () => {
  const named = (position: number, user = USER) => ({ kind: 'named', user, position }) as const;
  const moved = (to: number, replica = 'r1/1') =>
    ({ kind: 'view-moved', replica, from: to - 1, to }) as const;

  function givesUpAfter(facts: readonly FactBody[]): HandMade {
    const made = new HandMade().facts(named(1), named(2), named(3, 'user-2'), moved(1));
    const get = made.begin(GET);
    made.facts(...facts);
    made.fail(get, 'CONCURRENT_UPDATE');
    return made;
  }

  it.each<[string, readonly FactBody[]]>([
    ['what its replica had known before', []],
    ['one revocation', [moved(2)]],
    ['one, and another user’s', [moved(2), moved(3)]],
    ['one, and what another replica learnt', [moved(2), moved(1, 'r2/1')]],
  ])('finds a Get that gives up for %s', (_name, facts) => {
    expect(startsOverOnce.broken(givesUpAfter(facts).history)).toHaveLength(1);
  });

  it('takes one that two revocations have overtaken', () => {
    const made = givesUpAfter([moved(2), named(4), moved(4)]);
    expect(startsOverOnce.broken(made.history)).toEqual([]);
  });

  it('takes one that has waited for as long as a token lives', () => {
    const made = new HandMade().facts(accessToken('A', { token: 'T', lifeMs: 4_000 }));
    const get = made.begin(GET);
    made.time = 4_000;
    made.fail(get, 'CONCURRENT_UPDATE');
    expect(startsOverOnce.broken(made.history)).toEqual([]);
  });
});
