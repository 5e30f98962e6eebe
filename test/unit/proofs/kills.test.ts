import { describe, expect, it } from 'vitest';
import { fateOf } from '../../../proofs/kills/fate.ts';
import type { Victim } from '../../../proofs/kills/lane.ts';
import { type Aim, PATHS, type PathName, pointsOf } from '../../../proofs/kills/paths.ts';
import { wavesOf } from '../../../proofs/kills/plan.ts';
import { Seeded } from '../../faults/workload/seeded.ts';
import {
  EXCHANGED,
  exchangeOf,
  grantOf,
  HandMade,
  REVOKE,
  REVOKED,
} from '../../simulation/history-fixture.ts';

const CODE = 'c1';

/** A kill at a point such as `exchange 3 reply` or `revoke answered`. */
function victimAt(point: string, told = 'UNAVAILABLE'): Victim {
  const aim = PATHS.flatMap(pointsOf).find((each) => nameOf(each) === point);
  if (aim === undefined) throw new Error(`no point ${point}`);
  return { user: 'user-1', aim, exchange: exchangeOf(CODE), told };
}

function nameOf(aim: Aim): string {
  const step = 'step' in aim ? ` ${aim.path.steps.indexOf(aim.step) + 1}` : '';
  return `${aim.path.name}${step} ${aim.moment}`;
}

const fate = (victim: Victim, { history }: HandMade, get: string) =>
  fateOf(victim, { history, get });

describe('the plan of 1 000 kills', () => {
  const aims = wavesOf(1_000, new Seeded(1)).flatMap((wave) => wave.aims);

  it('has a third each for exchanges, refreshes and revokes', () => {
    const count = (name: PathName) => aims.filter(({ path }) => path.name === name).length;
    expect([count('exchange'), count('refresh') + count('rotation'), count('revoke')]).toEqual([
      334, 333, 333,
    ]);
  });

  it('hits each moment of each step of a path equally often', () => {
    for (const path of PATHS) {
      const points = pointsOf(path).filter(({ moment }) => moment !== 'random');
      const counts = points
        .map(nameOf)
        .map((point) => aims.filter((aim) => nameOf(aim) === point).length);
      expect(Math.min(...counts)).toBeGreaterThan(4);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
  });
});

describe('what became of an exchange that was cut short', () => {
  const answeredOk = () => {
    const made = new HandMade().consent(CODE);
    made.done(exchangeOf(CODE), EXCHANGED);
    return made;
  };

  it('is a false OK where nobody can get a token afterwards', () => {
    const point = victimAt('exchange 3 request', 'OK');
    expect(fate(point, answeredOk(), 'USER_NOT_CONNECTED')).toBe('false OK');
    expect(fate(point, answeredOk(), 'OK')).toBe('connected');
  });

  it('is lost where Vault had committed, or where the code was not even written down', () => {
    const given = new HandMade().consent(CODE);
    for (const point of ['exchange 3 reply', 'exchange 4 request', 'exchange answered']) {
      expect(fate(victimAt(point), given, 'USER_NOT_CONNECTED')).toBe('lost');
    }
    const unknown = fate(victimAt('exchange 1 request'), new HandMade(), 'USER_NOT_CONNECTED');
    expect(unknown).toBe('lost');
  });

  it('is the documented window between Google’s answer and the commit', () => {
    const given = new HandMade().consent(CODE);
    const window = ['exchange 2 reply', 'exchange 3 half-request', 'exchange random'];
    for (const point of window) {
      expect(fate(victimAt(point), given, 'USER_NOT_CONNECTED')).toBe('re-consent needed');
    }
    const cameBack = new HandMade().consent(CODE).consent('c2');
    cameBack.done(exchangeOf('c2'), EXCHANGED);
    const point = victimAt('exchange 2 reply');
    expect(fate(point, cameBack, 'USER_NOT_CONNECTED')).toBe('re-consent needed');
    const sent = victimAt('exchange 2 request');
    expect(fate(sent, new HandMade(), 'USER_NOT_CONNECTED')).toBe('new code needed');
    expect(fate(victimAt('exchange 4 request'), given, 'OK')).toBe('connected, not told');
  });
});

describe('what became of a user whose refresh was cut short', () => {
  const rotated = new HandMade()
    .consent(CODE)
    .facts({ kind: 'refresh-token', token: 'next', consent: CODE, replaces: `refresh of ${CODE}` });
  const dead = 'USER_RECONSENT_REQUIRED';

  it('is lost, save where a rotated token died with the process', () => {
    expect(fate(victimAt('refresh 1 reply'), new HandMade().consent(CODE), dead)).toBe('lost');
    expect(fate(victimAt('rotation 2 request'), rotated, dead)).toBe('re-consent needed');
    expect(fate(victimAt('rotation 2 reply'), rotated, dead)).toBe('lost');
    expect(fate(victimAt('rotation 1 request'), rotated, dead)).toBe('lost');
  });

  it('is a false OK where a token was handed out before its successor was stored', () => {
    expect(fate(victimAt('rotation 2 request', 'OK'), rotated, dead)).toBe('false OK');
  });
});

describe('what became of a revoke that was cut short', () => {
  const ended = {
    kind: 'refresh-token-ended',
    token: `refresh of ${CODE}`,
    why: 'revoked',
  } as const;
  const tombstone = { state: 'revoked', providerRevocation: 'confirmed' } as const;
  const active = { grants: [grantOf(CODE)] };
  const finished = () => new HandMade().consent(CODE).facts(ended).rest(tombstone);
  const untouched = () => new HandMade().consent(CODE).rest(active);
  const begun = victimAt('revoke 2 request');

  it('is finished when nothing is left in Vault and at Google', () => {
    expect(fate(begun, finished(), 'USER_REVOKED')).toBe('revoked');
    const alive = new HandMade().consent(CODE).rest(tombstone);
    expect(fate(begun, alive, 'USER_REVOKED')).toBe('unfinished');
    const marked = new HandMade().consent(CODE).facts(ended).rest(tombstone, ['user-1-2']);
    expect(fate(begun, marked, 'USER_REVOKED')).toBe('unfinished');
    const revoking = new HandMade().consent(CODE).rest({ ...active, state: 'revoking' });
    expect(fate(victimAt('revoke random'), revoking, 'USER_REVOKED')).toBe('unfinished');
  });

  it('may not have happened only where its marker did not get through', () => {
    expect(fate(victimAt('revoke 1 request'), untouched(), 'OK')).toBe('not revoked');
    expect(fate(victimAt('revoke 1 late-request'), untouched(), 'OK')).toBe('not revoked');
    expect(fate(victimAt('revoke 1 reply'), untouched(), 'OK')).toBe('unfinished');
    expect(fate(victimAt('revoke 1 request'), finished(), 'USER_REVOKED')).toBe('lost');
  });

  it('is a false OK where the caller was told that it is done', () => {
    const made = untouched();
    made.done(REVOKE, REVOKED);
    expect(fate(victimAt('revoke answered', 'OK'), made, 'OK')).toBe('false OK');
  });
});
