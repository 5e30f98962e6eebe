import type { History } from '../../test/simulation/history.ts';
import type { Victim } from './lane.ts';
import { hasDone } from './paths.ts';

/** What became of a user at last. */
export type Fate =
  /** A token can be got. */
  | 'connected'
  /** The same, and the caller of the exchange was never told. */
  | 'connected, not told'
  /** The exchange was given up, and Google never gave anything for it. */
  | 'new code needed'
  /** The documented window: Google's answer died with the process. */
  | 're-consent needed'
  | 'revoked'
  /** As if nobody had asked for the revoke. */
  | 'not revoked'
  | BrokenFate;

export const BROKEN_FATES = ['lost', 'false OK', 'unfinished'] as const;
export type BrokenFate = (typeof BROKEN_FATES)[number];

/** Of a user at rest. */
export interface Rest {
  readonly history: History;
  /** What a call for a token is told. */
  readonly get: string;
}

/** Judges by where the process died, what callers were told, and what Google and Vault hold. */
export function fateOf(victim: Victim, rest: Rest): Fate {
  switch (victim.aim.path.name) {
    case 'exchange':
      return fateOfExchange(victim, rest);
    case 'refresh':
    case 'rotation':
      return fateOfRefresh(victim, rest);
    case 'revoke':
      return fateOfRevoke(victim, rest);
  }
}

function fateOfExchange({ aim, exchange }: Victim, { history, get }: Rest): Fate {
  const { code } = exchange;
  const toldOk = history.operations.some(
    ({ call, answer }) => call.kind === 'exchange' && call.code === code && answer?.kind === 'ok',
  );
  if (get === 'OK') return toldOk ? 'connected' : 'connected, not told';
  if (toldOk) return 'false OK';
  // Stored; or never begun, so that the repeat had to go well.
  if (hasDone(aim, aim.path.decidedBy) === true || hasDone(aim, 1) === false) return 'lost';
  const given = history.facts.some((fact) => fact.kind === 'consent' && fact.code === code);
  return given ? 're-consent needed' : 'new code needed';
}

function fateOfRefresh({ aim, told }: Victim, { history, get }: Rest): Fate {
  if (get === 'OK') return 'connected';
  if (told === 'OK') return 'false OK';
  const rotated = history.facts.some(
    (fact) => fact.kind === 'refresh-token' && fact.replaces !== undefined,
  );
  const isWindow = hasDone(aim, 1) !== false && hasDone(aim, aim.path.decidedBy) !== true;
  return rotated && isWindow ? 're-consent needed' : 'lost';
}

function fateOfRevoke({ aim, told }: Victim, { history, get }: Rest): Fate {
  const isRevoked = get === 'USER_REVOKED' && isFinished(history);
  if (told === 'OK' && !isRevoked) return 'false OK';
  const decided = hasDone(aim, aim.path.decidedBy);
  if (isRevoked) return decided === false ? 'lost' : 'revoked';
  return decided === true || !isUntouched(history, get) ? 'unfinished' : 'not revoked';
}

/** At Google and in Vault nothing is left. */
function isFinished({ facts, rest }: History): boolean {
  const ended = new Set(
    facts.flatMap((fact) => (fact.kind === 'refresh-token-ended' ? [fact.token] : [])),
  );
  const lives = facts.some((fact) => fact.kind === 'refresh-token' && !ended.has(fact.token));
  const records = [...(rest?.users.values() ?? [])];
  return (
    !lives &&
    rest?.markers.length === 0 &&
    records.every(
      ({ state, grants, toRevoke, providerRevocation }) =>
        state === 'revoked' &&
        providerRevocation === 'confirmed' &&
        grants.length + toRevoke.length === 0,
    )
  );
}

function isUntouched({ rest }: History, get: string): boolean {
  const records = [...(rest?.users.values() ?? [])];
  return (
    get === 'OK' && rest?.markers.length === 0 && records.every(({ state }) => state === 'active')
  );
}
