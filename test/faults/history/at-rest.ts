import { type Checker, named } from '../../simulation/checkers/checker.ts';
import type { History, Operation } from '../../simulation/history.ts';

/** What a call may be told when nothing is broken: it speaks of the user, not of the system. */
const OF_THE_USER: ReadonlySet<string> = new Set([
  'USER_NOT_CONNECTED',
  'USER_REVOKED',
  'USER_RECONSENT_REQUIRED',
  'SCOPE_NOT_GRANTED',
]);

/**
 * Claims: of the calls from `since` on, when everything is mended, none fails for the system's sake;
 * and a user of whom Vault holds a live grant that Google has not ended is given a token.
 */
export function allIsWell(since: number): Checker {
  return {
    name: 'all is well at rest',
    broken: (history) =>
      history.operations
        .filter(({ begun }) => begun.order >= since)
        .flatMap((operation) => {
          const told = toldOf(operation);
          if (told === 'OK') return [];
          if (!OF_THE_USER.has(told)) return [`${named(operation)} ended with ${told}`];
          if (operation.call.kind !== 'get' || !hasLiveGrant(history, operation.call)) return [];
          return [`${named(operation)} was told ${told}, and Vault holds a grant that works`];
        }),
  };
}

function toldOf({ answer }: Operation): string {
  if (answer === undefined) return 'no answer';
  return answer.kind === 'ok' ? 'OK' : answer.reason;
}

function hasLiveGrant(
  { rest, facts }: History,
  call: { readonly user: string; readonly oauthClient: string; readonly scopes: readonly string[] },
): boolean {
  const record = rest?.users.get(call.user);
  if (record?.state !== 'active') return false;
  const ended = new Set(
    facts.flatMap((fact) => (fact.kind === 'refresh-token-ended' ? [fact.token] : [])),
  );
  return record.grants.some(
    (grant) =>
      grant.oauthClient === call.oauthClient &&
      !ended.has(grant.refreshToken) &&
      call.scopes.every((scope) => grant.scopes.includes(scope)),
  );
}
