import type { History, OperationOf } from '../history.ts';
import { type Checker, doneOf, endOf, factsOf, named, operationsOf } from './checker.ts';
import { GoogleFacts } from './google-facts.ts';
import { linearize, type Step } from './linearizability.ts';
import { surelyRevoked, UserVersions, wasNoOp } from './user-versions.ts';

/** A user as one sequential object. */
interface User {
  readonly state: 'unknown' | 'active' | 'ended';
  /** OAuth clients with a grant, sorted. */
  readonly clients: readonly string[];
  /** Consents that ever were stored, sorted. */
  readonly stored: readonly string[];
  /** Consents that a later revoke won over, sorted. */
  readonly barred: readonly string[];
}

const NOBODY: User = { state: 'unknown', clients: [], stored: [], barred: [] };

/**
 * Claims: the calls about one user can be put in an order in which each takes effect at one instant
 * while it runs, and in which the user behaves like this: a consent makes the user active, once, if
 * no revoke took effect that began after Google gave the consent; a revoke ends the user; GetUser,
 * and the refusals USER_NOT_CONNECTED and USER_REVOKED, tell the state; a token is of a consent that
 * was stored. A revoke whose write got no reply may take effect a second time while it runs. Calls with an error, or without an answer, may have taken effect, may still, or never.
 * Left out: what was told of a record while a deposed node answered as if it were active, which it
 * does for some milliseconds. That no token leaves after a revoke is a promise of its own: caches make it one about the end of
 * the revoke only.
 */
export const linearizable: Checker = {
  name: 'linearizable per user',
  broken(history) {
    const users = new Set(history.operations.map(({ call }) => call.user));
    return [...users].flatMap((user) => {
      const steps = stepsOf(history, user);
      const textOf = (state: User) => JSON.stringify(state);
      const { ok, longest } = linearize({ initial: NOBODY, textOf }, steps);
      if (ok) return [];
      return [`the calls about ${user} have no order; the longest found: ${longest.join('; ')}`];
    });
  },
};

function stepsOf(history: History, user: string): readonly Step<User>[] {
  return [
    ...consentsOf(history, user),
    ...revokesOf(history, user),
    ...viewsOf(history, user),
    ...tokensOf(history, user),
  ];
}

function consentsOf(history: History, user: string): readonly Step<User>[] {
  const answered = doneOf(history, 'exchange');
  return factsOf(history, 'consent')
    .filter((consent) => consent.user === user)
    .map(({ code, order, oauthClient }) => {
      const ends = answered
        .filter(({ call }) => call.code === code)
        .map(({ ended }) => ended.order);
      return {
        name: `consent ${code}`,
        from: order,
        to: Math.min(...ends),
        optional: ends.length === 0,
        isRead: false,
        apply: (before) =>
          before.barred.includes(code)
            ? undefined
            : {
                ...before,
                state: 'active',
                clients: withOne(before.clients, oauthClient),
                stored: withOne(before.stored, code),
              },
      };
    });
}

function revokesOf(history: History, user: string): readonly Step<User>[] {
  const versions = new UserVersions(history);
  const sure = new Set(surelyRevoked(history, versions).map(({ id }) => id));
  const consents = factsOf(history, 'consent').filter((consent) => consent.user === user);
  return operationsOf(history, 'revoke')
    .filter((revoke) => revoke.call.user === user && !wasNoOp(revoke, versions))
    .flatMap((revoke) => {
      const { begun, call, id, answer } = revoke;
      const earlier = consents.filter(
        ({ order }) => order < begun.order && call.grantedBefore === undefined,
      );
      const once: Step<User> = {
        name: named(revoke),
        from: begun.order,
        to: answer?.kind === 'ok' ? endOf(revoke) : Number.POSITIVE_INFINITY,
        optional: !sure.has(id),
        isRead: false,
        apply: ({ stored, barred }) => ({
          state: 'ended',
          clients: [],
          stored,
          barred: earlier.reduce((all, { code }) => withOne(all, code), barred),
        }),
      };
      const again = { ...once, name: `${once.name} again`, optional: true };
      if (answer?.kind === 'ok') return [once, again];
      const group = `revoke ${earlier.map(({ code }) => code).join()}`;
      return [
        { ...once, group },
        { ...again, group },
      ];
    });
}

/** GetUser, and what GetAccessToken says of the record. */
function viewsOf(history: History, user: string): readonly Step<User>[] {
  const views = operationsOf(history, 'get-user').map((operation) => {
    const { answer } = operation;
    if (answer?.kind === 'failed') return seen(operation, SEEN[answer.reason]);
    if (answer === undefined) return undefined;
    const { state } = answer;
    if (state !== 'active') return seen(operation, (now) => now.state === 'ended');
    const clients = answer.oauthClients.toSorted().join();
    return seen(operation, (now) => now.state === 'active' && now.clients.join() === clients);
  });
  const refusals = operationsOf(history, 'get').map((operation) => {
    const { answer, call } = operation;
    if (answer?.kind !== 'failed') return undefined;
    if (answer.reason !== 'USER_NOT_CONNECTED') return seen(operation, SEEN[answer.reason]);
    const missing = (now: User) => now.state !== 'ended' && !now.clients.includes(call.oauthClient);
    return seen(operation, missing);
  });
  const deposed = factsOf(history, 'deposed-answer');
  return [...views, ...refusals].flatMap((step) => {
    if (step?.user !== user) return [];
    return deposed.some(({ order }) => order > step.from && order < step.to) ? [] : [step];
  });
}

const SEEN: Readonly<Record<string, (now: User) => boolean>> = {
  USER_NOT_CONNECTED: (now) => now.state === 'unknown',
  USER_REVOKED: (now) => now.state === 'ended',
};

function tokensOf(history: History, user: string): readonly Step<User>[] {
  const google = new GoogleFacts(history);
  return doneOf(history, 'get').flatMap((get) => {
    const consent = google.accessToken(get.answer.token)?.consent;
    if (consent === undefined) return [];
    const step = seen(get, (now) => now.stored.includes(consent));
    return step !== undefined && step.user === user ? [step] : [];
  });
}

/** A step that changes nothing, and says what was so. */
function seen(
  operation: Pick<OperationOf<'get' | 'get-user'>, 'id' | 'replica' | 'call' | 'begun' | 'ended'>,
  wasSo: ((now: User) => boolean) | undefined,
): (Step<User> & { readonly user: string }) | undefined {
  if (wasSo === undefined) return undefined;
  return {
    user: operation.call.user,
    name: named(operation),
    from: operation.begun.order,
    to: endOf(operation),
    optional: false,
    isRead: true,
    apply: (now) => (wasSo(now) ? now : undefined),
  };
}

function withOne(all: readonly string[], one: string): readonly string[] {
  return all.includes(one) ? all : [...all, one].sort();
}
