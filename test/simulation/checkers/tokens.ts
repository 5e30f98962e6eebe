import type { History } from '../history.ts';
import { type Checker, doneOf, factsOf, named } from './checker.ts';
import { GoogleFacts } from './google-facts.ts';

/**
 * Claims: a token is the asked user's and client's own, and has exactly the scopes that were asked
 * for; its answer names them.
 */
export const ownTokensOnly: Checker = {
  name: 'I10 nobody else’s token, and none that is wider',
  broken(history) {
    const google = new GoogleFacts(history);
    return doneOf(history, 'get').flatMap((get) => {
      const token = google.accessToken(get.answer.token);
      const is = (whose: Whose) => JSON.stringify([whose.user, whose.oauthClient, whose.scopes]);
      if (token === undefined) return [`${named(get)} got a token that Google never gave`];
      if (is(token) !== is(get.call)) {
        return [`${named(get)} asked for ${is(get.call)} and got a token of ${is(token)}`];
      }
      if (get.answer.scopes.join(' ') === token.scopes.join(' ')) return [];
      return [`${named(get)} was told other scopes than its token has`];
    });
  },
};

interface Whose {
  readonly user: string;
  readonly oauthClient: string;
  readonly scopes: readonly string[];
}

/**
 * Claims: no token leaves after its end, counted from Google's answer; it has `min_ttl` left when the
 * call begins, or is less than a minute old. Replicas whose wall clock was moved and whose machine
 * slept have no clock left to tell by, and are left out.
 */
export const noExpiredToken: Checker = {
  name: 'I9 no expired token',
  broken(history) {
    const google = new GoogleFacts(history);
    const delivered = new Map(
      factsOf(history, 'delivered').map(({ accessToken, time }) => [accessToken, time]),
    );
    return doneOf(history, 'get').flatMap((get) => {
      const token = google.accessToken(get.answer.token);
      const since = delivered.get(get.answer.token);
      if (token === undefined || since === undefined || hasNoClock(history, get.replica)) return [];
      const left = since + token.lifeMs - get.ended.time;
      if (left <= 0) return [`${named(get)} got ${token.token}, which ended ${-left} ms ago`];
      const atBegin = since + token.lifeMs - get.begun.time;
      const young = get.begun.time - since < 60_000;
      if (atBegin >= get.call.minTtlMs || young) return [];
      return [`${named(get)} got ${token.token}, which has only ${left} ms left`];
    });
  },
};

function hasNoClock(history: History, replica: string): boolean {
  const moved = factsOf(history, 'clock-moved').filter((fact) => fact.replica === replica);
  return moved.some(({ how }) => how === 'wall') && moved.some(({ how }) => how === 'slept');
}

/**
 * Claims: a token that Google is said to have refused is not handed out again by the replica that was
 * told, once it was told.
 */
export const rejectedTokenIsReplaced: Checker = {
  name: 'I9 a refused token is replaced',
  broken(history) {
    return doneOf(history, 'get')
      .filter(({ call, answer }) => call.rejected === answer.token)
      .map((get) => `${named(get)} got the very token that it said is refused`);
  },
};
