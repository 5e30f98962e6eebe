import { doneOf, factsOf, operationsOf } from '../../test/simulation/checkers/checker.ts';
import type { History } from '../../test/simulation/history.ts';
import type { Consents } from './race.ts';

/** What one race shows. Times in milliseconds. */
export interface RaceFigures {
  /** Calls of GetAccessToken. */
  readonly calls: number;
  /** Those that began after RevokeUser's OK had come. */
  readonly afterOk: number;
  /** Of these the ones that got a token of the earlier consent. */
  readonly served: number;
  /** How long RevokeUser took, with its repeats where there were any. */
  readonly revokeMs: number;
  /**
   * From RevokeUser's begin to the last answer, of any replica, with a token of the earlier consent;
   * 0 where none came later.
   */
  readonly lagMs: number;
  /** The same from the entry in the log on, which lies within the call. */
  readonly lagOfLogMs: number;
  /** Replicas that gave such a token after the entry in the log. */
  readonly lateReplicas: number;
  /** By how they ended. */
  readonly outcomes: ReadonlyMap<string, number>;
}

/** @param loggedAt when the log did not have the user yet, at the latest */
export function figuresOf(history: History, { earlier }: Consents, loggedAt: number): RaceFigures {
  const [first] = operationsOf(history, 'revoke');
  const [revoke] = doneOf(history, 'revoke');
  if (first === undefined || revoke === undefined) throw new Error('A race without a revocation.');
  const old = new Set(
    factsOf(history, 'access-token').flatMap(({ token, consent }) =>
      consent === earlier ? [token] : [],
    ),
  );
  const gets = operationsOf(history, 'get');
  const handOuts = doneOf(history, 'get').filter(({ answer }) => old.has(answer.token));
  const last = Math.max(...handOuts.map(({ ended }) => ended.time));
  const late = handOuts.filter(({ ended }) => ended.time > loggedAt);
  return {
    calls: gets.length,
    afterOk: gets.filter(({ begun }) => begun.order > revoke.ended.order).length,
    served: handOuts.filter(({ begun }) => begun.order > revoke.ended.order).length,
    revokeMs: revoke.ended.time - first.begun.time,
    lagMs: Math.max(0, last - first.begun.time),
    lagOfLogMs: Math.max(0, last - loggedAt),
    lateReplicas: new Set(late.map(({ replica }) => replica)).size,
    outcomes: countsOf(gets.map(outcomeOf)),
  };
}

function outcomeOf({ answer }: ReturnType<typeof operationsOf<'get'>>[number]): string {
  if (answer === undefined) return 'no answer';
  return answer.kind === 'ok' ? 'OK' : answer.reason;
}

function countsOf(names: readonly string[]): ReadonlyMap<string, number> {
  const groups = Map.groupBy(names, (name) => name);
  return new Map([...groups].map(([name, all]) => [name, all.length]));
}
