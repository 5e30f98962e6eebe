import type { Dice } from './dice.ts';
import { CALM, type Chances } from './weather.ts';

/** What befalls the world while the callers are at work. */
export type FaultKind =
  | 'crash'
  | 'pause'
  | 'sleep'
  | 'wall-jump'
  | 'cut-off'
  | 'join'
  | 'hold-vault'
  | 'hold-google'
  | 'leader-dies'
  | 'leader-pauses'
  | 'step-down'
  | 'seal'
  | 'rotate-secret'
  | 'mistype-secret'
  | 'user-leaves';

const FAULTS: readonly FaultKind[] = [
  'crash',
  'pause',
  'sleep',
  'wall-jump',
  'cut-off',
  'join',
  'hold-vault',
  'hold-google',
  'leader-dies',
  'leader-pauses',
  'step-down',
  'seal',
  'rotate-secret',
  'user-leaves',
  'mistype-secret',
];

/** How often each kind of call is made; together 1. */
export interface Theme {
  readonly exchange: number;
  readonly repeat: number;
  readonly get: number;
  readonly revoke: number;
  readonly getUser: number;
  /** A revoke and gets at the very moment of a trouble that could part them. */
  readonly ambush: number;
}

const MIXED: Theme = {
  exchange: 0.24,
  repeat: 0.1,
  get: 0.34,
  revoke: 0.16,
  getUser: 0.12,
  ambush: 0.04,
};
/** Tokens in every cache, and then they must go. */
const REVOKING: Theme = {
  exchange: 0.12,
  repeat: 0.03,
  get: 0.5,
  revoke: 0.15,
  getUser: 0.05,
  ambush: 0.15,
};
const EXCHANGING: Theme = {
  exchange: 0.4,
  repeat: 0.25,
  get: 0.15,
  revoke: 0.12,
  getUser: 0.08,
  ambush: 0,
};

/** Little else than ambushes, each with tokens in every cache. */
const AMBUSHING: Theme = {
  exchange: 0.3,
  repeat: 0,
  get: 0.15,
  revoke: 0,
  getUser: 0,
  ambush: 0.55,
};

/**
 * Troubles that come at the worst moment: while tokens are fetched and their user is revoked, while a
 * user who was revoked comes back, or while a consent is answered or stored.
 */
export type Ambush = (typeof AMBUSHES)[number];
export const AMBUSHES = [
  'slow-refresh',
  'slow-reading',
  'moving-leader',
  'leader-of-old',
  'cut-off',
  'come-back',
  'late-consent',
  'late-answer',
] as const;

/** The kind of run that a seed makes: every run has a few of all possible troubles. */
export interface Profile {
  /** Nothing goes wrong. */
  readonly isCalm: boolean;
  /** Two replicas and one user, and nothing but ambushes. */
  readonly isDuel: boolean;
  readonly replicas: number;
  readonly vaultNodes: number;
  readonly users: number;
  readonly oauthClients: number;
  readonly calls: number;
  readonly theme: Theme;
  /** Mean time between calls, milliseconds. */
  readonly gapMs: number;
  readonly mode: 'available' | 'strict';
  readonly boundMs: number;
  /** Kinds of trouble, and how many in all. */
  readonly faults: readonly FaultKind[];
  readonly faultCount: number;
  readonly vault: Chances;
  readonly google: Chances;
  readonly accessTokenLifeMs: number;
  readonly rotating: boolean;
  /** How far the replicas' wall clocks are from each other. */
  readonly skewMs: number;
}

export function drawProfile(dice: Dice): Profile {
  const isCalm = dice.chance(0.1);
  const faults = isCalm ? [] : FAULTS.filter(() => dice.chance(0.25));
  const chances = () => (isCalm || dice.chance(0.5) ? CALM : drawChances(dice));
  const profile: Profile = {
    isCalm,
    isDuel: false,
    replicas: dice.pick([1, 2, 2, 2, 3, 4]),
    vaultNodes: dice.pick([1, 3, 3]),
    users: dice.pick([1, 1, 2]),
    oauthClients: dice.pick([1, 1, 2]),
    calls: 6 + dice.below(14),
    theme: dice.pick([MIXED, MIXED, REVOKING, REVOKING, EXCHANGING]),
    gapMs: dice.pick([2, 10, 60, 300, 800]),
    mode: dice.pick(['available', 'strict']),
    boundMs: dice.pick([1_200, 2_000]),
    // A clock that jumps on a machine that sleeps tells nothing any more.
    faults: faults.includes('sleep') ? faults.filter((fault) => fault !== 'wall-jump') : faults,
    faultCount: dice.pick([1, 2, 4, 8]),
    vault: chances(),
    google: chances(),
    accessTokenLifeMs: dice.pick([3_599_000, 3_599_000, 90_000, 61_000, 4_000]),
    rotating: dice.chance(0.25),
    skewMs: dice.pick([0, 0, 50, 5_000]),
  };
  return isCalm || dice.chance(0.8) ? profile : { ...profile, ...drawDuel(dice) };
}

function drawDuel(dice: Dice): Partial<Profile> {
  return {
    isDuel: true,
    replicas: 2,
    vaultNodes: 3,
    users: 1,
    oauthClients: 1,
    calls: 4 + dice.below(5),
    theme: AMBUSHING,
    gapMs: dice.pick([60, 800, 1_500]),
    boundMs: dice.pick([1_200, 1_200, 2_000]),
    faults: [],
    vault: CALM,
    google: CALM,
    accessTokenLifeMs: dice.pick([3_599_000, 61_000, 4_000]),
    skewMs: 0,
  };
}

function drawChances(dice: Dice): Chances {
  const some = () => (dice.chance(0.5) ? 0 : dice.pick([0.02, 0.1, 0.3]));
  return { requestLost: some(), answerLost: some(), slow: some(), refused: some() };
}
