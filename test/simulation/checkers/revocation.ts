import type { History, OperationOf } from '../history.ts';
import { type Checker, type Done, doneOf, endOf, factsOf, named, operationsOf } from './checker.ts';
import { GoogleFacts } from './google-facts.ts';
import { Revocations, UserVersions } from './user-versions.ts';

/**
 * Claims: a call of GetAccessToken that began after a RevokeUser was answered OK gets no token of a
 * consent that Google gave before that RevokeUser began. In mode `available` there is one exception:
 * a token that Google gave before that OK, and that the replica had when the call began, from a
 * replica that had a request at Vault
 * fail, or stand for a second, while the call was under way.
 */
export const noTokenAfterRevoke: Checker = {
  name: 'I5 no token after a revoke',
  broken(history) {
    const google = new GoogleFacts(history);
    const revocations = new Revocations(history, new UserVersions(history));
    return doneOf(history, 'get').flatMap((get) => {
      const token = google.accessToken(get.answer.token);
      const consent = token && google.consent(token.consent);
      if (token === undefined || consent === undefined) return [];
      const revoke = revocations.of(consent).find(({ ended }) => ended.order < get.begun.order);
      if (revoke === undefined) return [];
      const came = factsOf(history, 'delivered').find(
        ({ accessToken }) => accessToken === token.token,
      );
      const wasThere = came !== undefined && came.order < get.begun.order;
      if (wasThere && token.order < revoke.ended.order && isExcused(history, get)) return [];
      return [
        `${named(get)} got ${token.token} of consent ${consent.code}, which ${named(revoke)} had revoked`,
      ];
    });
  },
};

function isExcused(history: History, { replica, begun, ended }: Done<'get'>): boolean {
  if (history.settings.mode === 'strict') return false;
  return factsOf(history, 'cut-off').some(
    (cut) => cut.replica === replica && cut.since <= ended.order && cut.order >= begun.order,
  );
}

/**
 * Claims: once a RevokeUser is answered OK, Vault never again holds, in an active record, a refresh
 * token of a consent that Google gave before that RevokeUser began.
 */
export const revokeIsFinal: Checker = {
  name: 'I6 a revoke is final',
  broken(history) {
    const google = new GoogleFacts(history);
    const versions = new UserVersions(history);
    const revocations = new Revocations(history, versions);
    return google.consents().flatMap((consent) => {
      const line = google.lineOf(consent.code);
      const [revoke] = revocations.of(consent);
      if (revoke === undefined) return [];
      return versions
        .during(consent.user, revoke.ended.order, Number.POSITIVE_INFINITY)
        .filter(({ record }) => record.state === 'active')
        .filter(({ record }) => record.grants.some((grant) => line.includes(grant.refreshToken)))
        .map(
          ({ record }) =>
            `version ${record.version} of ${consent.user} is active with consent ${consent.code}, which ${named(revoke)} had revoked`,
        );
    });
  },
};

/**
 * Claims: a record is called revoked, and confirmed by Google, only after each refresh token of the
 * version before it was sent to Google's revoke endpoint.
 */
export const revokedMeansSent: Checker = {
  name: 'I6 revoked only after Google was told',
  broken(history) {
    const sent = new Map(
      factsOf(history, 'revoked-at-google')
        .toReversed()
        .map(({ token, order }) => [token, order]),
    );
    const versions = new UserVersions(history);
    return versions.users().flatMap((user) =>
      versions.of(user).flatMap(({ order, record }, index, all) => {
        const before = all[index - 1]?.record;
        if (record.state !== 'revoked' || before === undefined) return [];
        if (record.providerRevocation === 'unconfirmed') return [];
        const tokens = [...before.toRevoke, ...before.grants.map((grant) => grant.refreshToken)];
        return tokens
          .filter((token) => (sent.get(token) ?? Number.POSITIVE_INFINITY) > order)
          .map(
            (token) =>
              `version ${record.version} of ${user} dropped ${token} without telling Google`,
          );
      }),
    );
  },
};

/**
 * Claims: a refresh token that a revocation of ours has ended at Google is not stored as a live one
 * afterwards.
 */
export const noEndedTokenIsStored: Checker = {
  name: 'I6 no token is stored that a revoke has ended',
  broken(history) {
    const google = new GoogleFacts(history);
    const seen = new Set<string>();
    return factsOf(history, 'stored').flatMap(({ user, order, record }) =>
      record.grants.flatMap(({ refreshToken, state }) => {
        const end = google.end(refreshToken);
        const isNew = !seen.has(refreshToken);
        seen.add(refreshToken);
        if (!isNew || state === 'dead' || end?.why !== 'revoked' || end.order > order) return [];
        return [`version ${record.version} of ${user} takes ${refreshToken} after it was revoked`];
      }),
    );
  },
};

/**
 * Claims: a refresh token that came too late for its user, who was being revoked or was, does not live
 * on at Google: at rest it has ended, where the user is still revoked and the replica that had it is
 * alive. Left out: one that met a later consent, which sending it to Google would have ended.
 */
export const lateTokenIsRevoked: Checker = {
  name: 'I6 a token that came too late is revoked',
  broken(history) {
    const { rest } = history;
    if (rest === undefined) return [];
    const google = new GoogleFacts(history);
    const versions = new UserVersions(history);
    const isDead = new Set(factsOf(history, 'crashed').map(({ replica }) => replica));
    const refused = operationsOf(history, 'exchange').filter(
      ({ answer, replica }) =>
        answer?.kind === 'failed' && TOO_LATE.has(answer.reason) && !isDead.has(replica),
    );
    return refused.flatMap((exchange) => {
      const { code, user } = exchange.call;
      if (rest.users.get(user)?.state !== 'revoked') return [];
      const given = google.consent(code)?.order ?? 0;
      const meanwhile = versions.during(user, given, endOf(exchange));
      if (meanwhile.some(({ record }) => record.state === 'active')) return [];
      const alive = google.lineOf(code).filter((token) => google.end(token) === undefined);
      return alive.map((token) => `${named(exchange)} left ${token} alive at Google`);
    });
  },
};

const TOO_LATE: ReadonlySet<string> = new Set(['USER_REVOKED', 'REVOCATION_IN_PROGRESS']);

/**
 * Claims: an exchange is refused for a revocation's sake only if one was under way since it began: a
 * RevokeUser that was not over before, or what a late token of another exchange, or of a rotation,
 * set off.
 */
export const refusedOnlyByARevoke: Checker = {
  name: 'I6 only a revoke refuses a consent',
  broken(history) {
    const revokes = operationsOf(history, 'revoke');
    const exchanges = operationsOf(history, 'exchange');
    const begins = new Map(
      exchanges.toReversed().map(({ call, begun }) => [call.code, begun.order]),
    );
    return exchanges.flatMap((exchange) => {
      const { answer, call } = exchange;
      if (answer?.kind !== 'failed' || !TOO_LATE.has(answer.reason)) return [];
      const begin = begins.get(call.code) ?? 0;
      const isReason = revokes.some(
        (revoke) => revoke.call.user === call.user && (!isOver(revoke) || endOf(revoke) > begin),
      );
      const others = exchanges.some(
        (other) =>
          other.call.user === call.user && other.call.code !== call.code && !isHarmless(other),
      );
      const google = new GoogleFacts(history);
      const rotated = factsOf(history, 'refresh-token').some(
        ({ consent, replaces }) =>
          replaces !== undefined && google.consent(consent)?.user === call.user,
      );
      return isReason || others || rotated
        ? []
        : [`${named(exchange)} was refused, and nobody was revoked`];
    });
  },
};

/** Whether a revoke has done all that it will, as far as its caller was told. */
function isOver({ answer }: OperationOf<'revoke'>): boolean {
  return answer?.kind === 'ok' && answer.providerRevocation !== 'pending';
}

/** Whether an exchange cannot have set off a revocation of a late token. */
function isHarmless({ answer }: OperationOf<'exchange'>): boolean {
  return answer?.kind === 'ok' || (answer?.kind === 'failed' && answer.reason === 'CODE_REJECTED');
}

/**
 * Claims: at rest no revocation is unfinished: no marker is left, no record says `revoking` or holds
 * tokens to revoke.
 */
export const revokeConverges: Checker = {
  name: 'I6 every revocation ends',
  broken({ rest }) {
    if (rest === undefined) return [];
    const unfinished = [...rest.users].filter(
      ([, { state, toRevoke }]) => state === 'revoking' || toRevoke.length > 0,
    );
    return [
      ...rest.markers.map((marker) => `the marker ${marker} is left`),
      ...unfinished.map(([user, { state }]) => `${user} is left ${state}`),
    ];
  },
};
