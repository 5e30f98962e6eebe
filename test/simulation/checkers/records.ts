import { MAX_GRANTS_PER_CLIENT } from '../../../src/domain/grant.ts';
import type { ExchangeCall, History, StoredUser } from '../history.ts';
import { type Checker, type Done, doneOf, endOf, factsOf, named, operationsOf } from './checker.ts';
import { GoogleFacts } from './google-facts.ts';
import { UserVersions, wasNoOp } from './user-versions.ts';

/** A consent that is stored within this time may count as the newest. */
const PROMPT_MS = 1_000;

/**
 * Claims: versions of a user's record rise one by one, so that nobody reset their counter; the
 * generation never falls, rises by one at most, and does so with every new consent and with every
 * change to `revoking`; a consent's time never falls.
 */
export const generationNeverGoesBack: Checker = {
  name: 'I3 generations never go back',
  broken(history) {
    const versions = new UserVersions(history);
    return versions.users().flatMap((user) =>
      versions.of(user).flatMap(({ record }, index, all) => {
        const before = all[index - 1]?.record;
        const what = `version ${record.version} of ${user}`;
        const rise = record.generation - (before?.generation ?? 0);
        const mustRise = record.state !== before?.state && record.state !== 'revoked';
        return [
          ...(record.version === (before?.version ?? 0) + 1 ? [] : [`${what} is out of turn`]),
          ...(rise === 0 || rise === 1 ? [] : [`${what} moves the generation by ${rise}`]),
          ...(mustRise && rise < 1 ? [`${what} becomes ${record.state} in an old generation`] : []),
          ...((record.consentedAt ?? 0) < (before?.consentedAt ?? 0)
            ? [`${what} makes the newest consent older`]
            : []),
        ];
      }),
    );
  },
};

/**
 * Claims: a refresh token that Google rotated is in Vault before the access token that came with it
 * leaves, also where a revocation takes it along; or newer consents hold all its scopes by then.
 */
export const rotatedTokenIsStoredFirst: Checker = {
  name: 'I4 a rotated token is stored first',
  broken(history) {
    const google = new GoogleFacts(history);
    const stored = new Map<string, number>();
    for (const { order, record } of factsOf(history, 'stored')) {
      const tokens = [...record.toRevoke, ...record.grants.map((grant) => grant.refreshToken)];
      for (const token of tokens) if (!stored.has(token)) stored.set(token, order);
    }
    const versions = new UserVersions(history);
    if (!versions.known) return [];
    return doneOf(history, 'get').flatMap((get) => {
      const token = google.accessToken(get.answer.token);
      if (token?.refreshToken === undefined) return [];
      if ((stored.get(token.refreshToken) ?? Number.POSITIVE_INFINITY) < get.ended.order) return [];
      const { scopes = [] } = google.consentOf(token.refreshToken) ?? {};
      const meanwhile = versions.during(token.user, token.order, get.ended.order);
      if (meanwhile.some(({ record }) => holds(record, token.oauthClient, scopes))) return [];
      return [`${named(get)} got ${token.token} before ${token.refreshToken} was stored`];
    });
  },
};

/**
 * Whether the code of another consent for the same client, which its user has ended at Google, was on
 * its way while this one's was.
 */
function crossedAnother(history: History, { call }: Done<'exchange'>): boolean {
  const google = new GoogleFacts(history);
  const own = onItsWay(history, call.code);
  return factsOf(history, 'consent').some(({ code, user, oauthClient }) => {
    if (code === call.code || user !== call.user || oauthClient !== call.oauthClient) return false;
    const hasLeft = google.lineOf(code).some((token) => google.end(token)?.why === 'left');
    const other = onItsWay(history, code);
    return hasLeft && other.from < own.to && own.from < other.to;
  });
}

/** From when a code was sent until its answer came, in the order of events. */
function onItsWay(history: History, code: string): { readonly from: number; readonly to: number } {
  const from = factsOf(history, 'code-sent').find((sent) => sent.code === code)?.order;
  const tokens = factsOf(history, 'access-token').find(({ consent }) => consent === code);
  const to = factsOf(history, 'delivered').find(
    ({ accessToken }) => accessToken === tokens?.token,
  )?.order;
  return { from: from ?? Infinity, to: to ?? Infinity };
}

/** Whether dates may be wrong about what came first. */
function hasWrongDates(history: History): boolean {
  return factsOf(history, 'clock-moved').some(({ how }) => how !== 'slept');
}

/** Whether a consent may have been taken for an old one. */
function madeWayByDate(history: History, exchange: Done<'exchange'>): boolean {
  const { user, oauthClient } = exchange.call;
  const wasFull = factsOf(history, 'stored').some(({ user: of, record }) => {
    const live = record.grants.filter(
      (grant) => grant.oauthClient === oauthClient && grant.state === 'live',
    );
    return of === user && live.length === MAX_GRANTS_PER_CLIENT;
  });
  return wasFull || hadCompany(history, exchange);
}

/** Whether an older consent for the same client was stored after this one was given, and promptly. */
function hadCompany(history: History, { call }: Done<'exchange'>): boolean {
  const google = new GoogleFacts(history);
  const own = google.consent(call.code)?.order ?? 0;
  return google.consents().some(({ code, user, oauthClient, order, time }) => {
    if (user !== call.user || oauthClient !== call.oauthClient || order >= own) return false;
    const line = google.lineOf(code);
    const first = factsOf(history, 'stored').find(({ record }) =>
      record.grants.some(({ refreshToken }) => line.includes(refreshToken)),
    );
    return first !== undefined && first.order > own && first.time - time <= PROMPT_MS;
  });
}

/** Whether Google rotated a token of this user and client, and the new one got lost on the way. */
function lostInRotation(history: History, { user, oauthClient }: ExchangeCall): boolean {
  const google = new GoogleFacts(history);
  return factsOf(history, 'refresh-token').some(({ token, consent, replaces }) => {
    const owner = google.consent(consent);
    if (replaces === undefined || google.end(token) !== undefined) return false;
    return owner?.user === user && owner.oauthClient === oauthClient && !reachedUs(history, token);
  });
}

/** Whether a refresh token is stored, or came to a replica that had the time to store it. */
function reachedUs(history: History, token: string): boolean {
  const isStored = factsOf(history, 'stored').some(({ record }) =>
    record.grants.some(({ refreshToken }) => refreshToken === token),
  );
  if (isStored) return true;
  const [came] = factsOf(history, 'access-token').filter((fact) => fact.refreshToken === token);
  const [delivery] = factsOf(history, 'delivered').filter(
    ({ accessToken }) => accessToken === came?.token,
  );
  const isDead = factsOf(history, 'crashed').some(({ replica }) => replica === delivery?.replica);
  return delivery !== undefined && !isDead;
}

/** Whether live grants of an active record have all of `scopes`. */
function holds(
  record: StoredUser | undefined,
  oauthClient: string,
  scopes: readonly string[],
): boolean {
  const grants = (record?.grants ?? []).filter(
    (grant) => grant.oauthClient === oauthClient && grant.state === 'live',
  );
  const covered = new Set(grants.flatMap((grant) => grant.scopes));
  return record?.state === 'active' && scopes.every((scope) => covered.has(scope));
}

/**
 * Claims: the refresh token of an exchange that was answered OK is at rest in an active record, or the
 * one that took its place is, or newer consents of the same client hold all its scopes. Excused: a
 * revoke that did not end before Google gave the consent, and whatever Google itself ended. A rotated
 * token whose answer got lost, or died with its replica, counts as ended by Google, and excuses what
 * older consents of the same user and client had: they may have made way for it. Where wall clocks differ
 * or were moved, dates are wrong: of consents that were exchanged side by side within a second each may
 * count as the newer one, and of more than three any may count as the oldest. Of two whose codes were on
 * their way at the same time nobody but Google knows which came first.
 */
export const nothingIsLost: Checker = {
  name: 'I1 I2 nothing is lost after OK',
  broken(history) {
    const { rest } = history;
    if (rest === undefined) return [];
    const google = new GoogleFacts(history);
    const versions = new UserVersions(history);
    const revokes = operationsOf(history, 'revoke');
    return doneOf(history, 'exchange').flatMap((exchange) => {
      const { user, oauthClient, code } = exchange.call;
      const consent = google.consent(code);
      if (consent === undefined) return [`${named(exchange)} is OK, and Google never took ${code}`];
      const undone = revokes.some(
        (revoke) =>
          revoke.call.user === user &&
          !wasNoOp(revoke, versions) &&
          (revoke.answer?.kind !== 'ok' || endOf(revoke) > consent.order),
      );
      const line = google.lineOf(code);
      const lives = line.some((token) => google.end(token) === undefined);
      if (undone || !lives || lostInRotation(history, exchange.call)) return [];
      if (hasWrongDates(history) && madeWayByDate(history, exchange)) return [];
      if (crossedAnother(history, exchange)) return [];
      if (holds(rest.users.get(user), oauthClient, consent.scopes)) return [];
      return [`${named(exchange)} of ${code} was OK, and at rest nothing holds its scopes`];
    });
  },
};

/**
 * Claims: a grant is marked dead only if Google had ended its refresh token. (While a rotated token is
 * on its way into Vault its predecessor may be marked dead by another replica.)
 */
export const noUserDeadWithoutCause: Checker = {
  name: 'I11 nobody is dead for another’s fault',
  broken(history) {
    const google = new GoogleFacts(history);
    const marked = factsOf(history, 'stored').flatMap(({ order, user, record }) =>
      record.grants
        .filter((grant) => grant.state === 'dead')
        .filter(({ refreshToken }) => (google.end(refreshToken)?.order ?? Infinity) > order)
        .map(
          ({ refreshToken }) =>
            `version ${record.version} of ${user} calls ${refreshToken} dead, which works`,
        ),
    );
    const told = operationsOf(history, 'get').flatMap((get) => {
      const { answer, call } = get;
      if (answer?.kind !== 'failed' || answer.reason !== 'USER_RECONSENT_REQUIRED') return [];
      const ended = factsOf(history, 'refresh-token-ended').some(
        ({ token, order }) => order < endOf(get) && google.consentOf(token)?.user === call.user,
      );
      return ended ? [] : [`${named(get)} wants a new consent, and no token of the user has ended`];
    });
    return [...marked, ...told];
  },
};
