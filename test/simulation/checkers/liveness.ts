import type { FactOf, History, OperationOf } from '../history.ts';
import { type Checker, endOf, factsOf, hasMovedClocks, named, operationsOf } from './checker.ts';

/** A refresh turn ends after this time, whatever hangs: the next one may begin. */
const TURN_MS = 30_000;

/** Claims: at rest every operation has its answer, unless its replica died. */
export const everyOperationEnds: Checker = {
  name: 'I17 every operation ends',
  broken(history) {
    if (history.rest === undefined) return [];
    return history.operations
      .filter(({ ended, lost }) => ended === undefined && lost !== true)
      .map((operation) => `${named(operation)} never ends`);
  },
};

/**
 * Claims: a consent whose tokens reached a replica that lives on comes to an outcome, whatever became
 * of its caller: at rest the last repeat of its request is not told to wait, nor that nobody knows.
 * Left out: codes that were refused for good, and users that were revoked, because Vault may not have
 * got the record of a refusal; wall clocks that were moved, because the age of a code is told by them.
 */
export const lateCommitsLand: Checker = {
  name: 'I12 what Google gave comes to an outcome',
  broken(history) {
    if (history.rest === undefined || hasMovedClocks(history)) return [];
    const isDead = new Set(factsOf(history, 'crashed').map(({ replica }) => replica));
    const revoked = new Set(operationsOf(history, 'revoke').map(({ call }) => call.user));
    const first = new Set(
      factsOf(history, 'refresh-token').flatMap(({ token, replaces }) =>
        replaces === undefined ? [token] : [],
      ),
    );
    const given = factsOf(history, 'access-token').filter(
      ({ refreshToken = '', user }) => first.has(refreshToken) && !revoked.has(user),
    );
    const reached = factsOf(history, 'delivered').flatMap(({ accessToken, replica, order }) => {
      const [token] = given.filter((each) => each.token === accessToken);
      return isDead.has(replica) || token === undefined ? [] : [{ ...token, order }];
    });
    return reached.flatMap(({ consent, order }) => {
      const calls = operationsOf(history, 'exchange').filter(({ call }) => call.code === consent);
      if (calls.some((call) => isRefusal(call, history))) return [];
      const last = calls.findLast(({ call }) => call.request === calls[0]?.call.request);
      if (last === undefined || last.begun.order < order) return [];
      if (last.answer?.kind !== 'failed' || !NO_OUTCOME.has(last.answer.reason)) return [];
      return [`${named(last)} of ${consent} was answered ${last.answer.reason} in the end`];
    });
  },
};

/** A call that was refused for good, or had to be, or may have been for its name. */
function isRefusal({ answer, call }: OperationOf<'exchange'>, history: History): boolean {
  const { name, user } = call;
  const isTaken = (fact: FactOf<'stored'>) => fact.user !== user && fact.record.name === name;
  if (name !== undefined && factsOf(history, 'stored').some(isTaken)) return true;
  if (call.expectedUser !== undefined && call.expectedUser !== call.user) return true;
  return answer?.kind === 'failed' && !NO_OUTCOME.has(answer.reason);
}

const NO_OUTCOME: ReadonlySet<string> = new Set([
  'EXCHANGE_IN_PROGRESS',
  'EXCHANGE_OUTCOME_UNKNOWN',
  'STORE_UNAVAILABLE',
  'CONCURRENT_UPDATE',
  'NOT_READY',
]);

/** Claims: nothing ends in a failure that nobody foresaw. */
export const nothingUnexpected: Checker = {
  name: 'I17 nothing unexpected',
  broken: (history) =>
    history.operations
      .filter(({ answer }) => answer?.kind === 'failed' && answer.reason === 'INTERNAL')
      .map((operation) => `${named(operation)} ended with INTERNAL`),
};

/**
 * Claims: a Get starts over once before it gives up: it is told CONCURRENT_UPDATE only where its replica
 * learnt twice, while it ran, that its user was revoked. Left out: one that waited for longer than a
 * token lives, and wall clocks that were moved, because tokens end by them.
 */
export const startsOverOnce: Checker = {
  name: 'I7 nobody waits for an outdated refresh',
  broken(history) {
    if (hasMovedClocks(history)) return [];
    const lives = factsOf(history, 'access-token').map(({ lifeMs }) => lifeMs);
    const leastLife = Math.min(...lives);
    return operationsOf(history, 'get').flatMap((get) => {
      const { answer, ended, begun } = get;
      if (answer?.kind !== 'failed' || answer.reason !== 'CONCURRENT_UPDATE') return [];
      if (ended === undefined || ended.time - begun.time >= leastLife) return [];
      const namings = namingsSeen(history, get).length;
      return namings >= 2 ? [] : [`${named(get)} was overtaken ${namings} times, and gave up`];
    });
  },
};

/** The moments, while the call ran, at which its replica learnt that its user was revoked. */
function namingsSeen(
  history: History,
  { replica, call, begun, ended }: OperationOf<'get'>,
): readonly FactOf<'view-moved'>[] {
  const positions = factsOf(history, 'named')
    .filter(({ user }) => user === call.user)
    .map(({ position }) => position);
  return factsOf(history, 'view-moved').filter(
    ({ order, replica: of, from, to }) =>
      of === replica &&
      order > begun.order &&
      order < endOf({ ended }) &&
      // A log that went back counts as naming everybody.
      (to < from || positions.some((position) => position > from && position <= to)),
  );
}

/**
 * Claims: a replica refreshes one user and client one at a time. Left out: whoever has waited as long
 * as a turn may take, so that a call that hangs never keeps later ones from theirs.
 */
export const oneRefreshAtATime: Checker = {
  name: 'I7 one refresh at a time',
  broken(history) {
    const over = new Map(factsOf(history, 'refresh-over').map((fact) => [fact.request, fact]));
    const keyOf = (fact: FactOf<'refresh-begun'>) =>
      `${fact.replica} ${fact.user} ${fact.oauthClient}`;
    const begun = Map.groupBy(factsOf(history, 'refresh-begun'), keyOf);
    return [...begun].flatMap(([key, requests]) =>
      requests.flatMap((request, index) => {
        const before = requests[index - 1];
        const end = before && over.get(before.request);
        if (before === undefined || (end?.order ?? Infinity) < request.order) return [];
        const { replica, user, time } = request;
        const hasWaited = history.operations.some(
          (operation) =>
            operation.replica === replica &&
            operation.call.user === user &&
            time - operation.begun.time >= TURN_MS,
        );
        if (hasWaited) return [];
        return [`refreshes ${before.request} and ${request.request} of ${key} overlap`];
      }),
    );
  },
};
