import { setImmediate as turn } from 'node:timers/promises';
import {
  type AccessTokensOptions,
  accessTokens,
  type UserIds,
} from '../../src/client/access-tokens.ts';
import type {
  AccessTokenResult,
  BatchGetAccessTokensRequest,
  BatchGetAccessTokensResponse,
} from '../../src/client/messages.ts';
import type { TokenVaultError } from '../../src/client/token-vault-error.ts';
import type { UserToken } from '../../src/client/user-token.ts';
import { ManualClock } from './manual-clock.ts';

const LIFE_MS = 3_599_000;

export const users = (count: number) =>
  Array.from({ length: count }, (_, index) => `user-${index}`);

export const errorOf = (code: number, reason: string, seconds?: number): AccessTokenResult => ({
  error: {
    code,
    reason,
    metadata: { oauthClient: 'default' },
    retryDelay: seconds === undefined ? undefined : { seconds, nanos: 0 },
  },
});
export const NOT_READY = errorOf(14, 'NOT_READY', 1);

/** One call, as the stand-in sees it. */
export interface SeenCall {
  readonly request: BatchGetAccessTokensRequest;
  /** From 1 on, in the order in which calls came. */
  readonly number: number;
  readonly clock: ManualClock;
}

interface StandIn {
  /** What a user gets; by default a token that lives for an hour. */
  readonly result?: (userId: string, call: SeenCall) => AccessTokenResult;
  /** What comes before the answer, such as a wait or a failure of the whole call. */
  readonly before?: (call: SeenCall) => void | Promise<void>;
}

/** A TokenVault that answers batches as the test says, and what the iterator makes of it. */
export function arrangeBatches({ result = tokenFrom, before }: StandIn = {}) {
  const clock = new ManualClock();
  const calls: BatchGetAccessTokensRequest[] = [];
  const state: { failure?: TokenVaultError | undefined } = {};
  const most = { atATime: 0 };
  let atATime = 0;
  const connection = {
    batchGetAccessTokens: async (
      request: BatchGetAccessTokensRequest,
    ): Promise<BatchGetAccessTokensResponse> => {
      const call = { request, number: calls.push(request), clock };
      atATime += 1;
      most.atATime = Math.max(most.atATime, atATime);
      try {
        await turn();
        await before?.(call);
      } finally {
        atATime -= 1;
      }
      if (state.failure !== undefined) throw state.failure;
      const results = request.userIds.map((userId) => result(userId, call));
      return { results, tokenType: 'Bearer', scopes: request.scopes };
    },
  };
  const ask = (userIds: UserIds, options: Partial<AccessTokensOptions> = {}) =>
    accessTokens({ connection, clock }, userIds, { scopes: ['openid'], ...options });
  const all = async (...asked: Parameters<typeof ask>) => {
    const found: UserToken[] = [];
    for await (const each of ask(...asked)) found.push(each);
    return found;
  };
  return { clock, calls, state, most, ask, all };
}

/** A token that lives for so long when it comes. */
export function tokenFrom(
  userId: string,
  { clock }: SeenCall,
  lifeMs = LIFE_MS,
): AccessTokenResult {
  const expireTime = new Date(clock.now() + lifeMs);
  return { token: { accessToken: `token of ${userId}`, expireTime } };
}
