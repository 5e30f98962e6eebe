import { status } from '@grpc/grpc-js';
import { type Clock, sleep } from '../domain/clock.ts';
import { AccessToken } from './access-token.ts';
import { awake } from './awake.ts';
import type { TokenVaultConnection } from './connect.ts';
import { isReason } from './decode-call-failure.ts';
import {
  type AccessTokenResult,
  BatchGetAccessTokensRequest,
  type BatchGetAccessTokensResponse,
} from './messages.ts';
import { minTtlOf } from './min-ttl.ts';
import { mayRepeat } from './retry-rules.ts';
import { TokenVaultError } from './token-vault-error.ts';

/** A call answers shortly before with what it has. */
const TIMEOUT_MS = 30_000;
/** From the first call for a user on, nothing is asked again that would come later than this. */
const REPEATED_FOR_MS = 60_000;
/** After a failure that says nothing of it. */
const WAIT_MS = 1_000;

/** What tokens are asked for. */
export interface TokenTerms {
  /** At least one. The tokens have exactly these: ask for the least that the work needs. */
  readonly scopes: readonly string[];
  /** The name of the OAuth client that the users gave consent to. Default `default`. */
  readonly oauthClient?: string | undefined;
  /** How long tokens live at least, 0 to 1 800 000. Default 60 000. */
  readonly minTtlMs?: number | undefined;
}

/** One user's token, or why there is none. */
export type UserToken =
  | { readonly userId: string; readonly token: AccessToken; readonly error?: undefined }
  | { readonly userId: string; readonly token?: undefined; readonly error: TokenVaultError };

export interface AskedBatchPorts {
  readonly connection: Pick<TokenVaultConnection, 'batchGetAccessTokens'>;
  readonly clock: Clock;
  /** Nobody waits any more: nothing is asked again. */
  readonly stopped: AbortSignal;
}

/** Up to 100 users whose tokens are asked for in one call, and in further ones for those who have none yet. */
export class AskedBatch {
  readonly #userIds: readonly string[];
  readonly #terms: TokenTerms;
  readonly #ports: AskedBatchPorts;

  constructor(userIds: readonly string[], terms: TokenTerms, ports: AskedBatchPorts) {
    this.#userIds = userIds;
    this.#terms = terms;
    this.#ports = ports;
  }

  /** Of all users, in order. @throws TokenVaultError that concerns every batch alike */
  async results(): Promise<readonly UserToken[]> {
    const { clock, stopped } = this.#ports;
    const until = clock.monotonic() + REPEATED_FOR_MS;
    const results = new Map<number, UserToken>();
    let places = [...this.#userIds.keys()];
    for (let tries = 1; ; tries += 1) {
      const found = await this.#ask(places);
      for (const [index, place] of places.entries()) {
        const result = found[index];
        if (result !== undefined) results.set(place, result);
      }
      const left = until - clock.monotonic();
      const waits = new Map<number, number>();
      for (const place of places) {
        const waitMs = waitAfter(results.get(place)?.error, tries);
        if (waitMs <= left) waits.set(place, waitMs);
      }
      if (waits.size === 0 || stopped.aborted) break;
      await awake(sleep(clock, Math.max(...waits.values()), stopped));
      if (stopped.aborted) break;
      places = [...waits.keys()];
    }
    return this.#userIds.flatMap((_, place) => results.get(place) ?? []);
  }

  async #ask(places: readonly number[]): Promise<readonly UserToken[]> {
    const userIds = places.map((place) => this.#userIds[place] ?? '');
    const { scopes, oauthClient = '', minTtlMs } = this.#terms;
    const request = BatchGetAccessTokensRequest.fromPartial({
      userIds,
      scopes: [...scopes],
      oauthClient,
      ...(minTtlMs !== undefined && { minTtl: minTtlOf(minTtlMs) }),
    });
    try {
      const { connection } = this.#ports;
      const answer = await connection.batchGetAccessTokens(request, { timeoutMs: TIMEOUT_MS });
      return userIds.map((userId, index) => resultOf(userId, answer.results[index], answer));
    } catch (error) {
      if (!(error instanceof TokenVaultError) || concernsAll(error)) throw error;
      return userIds.map((userId) => ({ userId, error }));
    }
  }
}

/** Codes that every further call would end with, too. */
const FOR_ALL: ReadonlySet<string> = new Set([
  'INVALID_ARGUMENT',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'UNIMPLEMENTED',
  'CANCELLED',
]);

function concernsAll(error: TokenVaultError): boolean {
  return FOR_ALL.has(error.code) || (error.connection !== undefined && !mayRepeat(error, 1));
}

/** Milliseconds; infinite where the same would come again, or there is nothing to repeat. */
function waitAfter(error: TokenVaultError | undefined, tries: number): number {
  if (error === undefined || !mayRepeat(error, tries)) return Number.POSITIVE_INFINITY;
  return error.retryAfterMs ?? WAIT_MS;
}

function resultOf(
  userId: string,
  result: AccessTokenResult | undefined,
  { scopes }: BatchGetAccessTokensResponse,
): UserToken {
  const { token, error } = result ?? {};
  if (token?.expireTime !== undefined) {
    return { userId, token: new AccessToken(token.accessToken, token.expireTime, scopes) };
  }
  if (error === undefined) return { userId, error: new TokenVaultError({ code: 'INTERNAL' }) };
  const { code, reason, metadata, retryDelay } = error;
  const options = {
    code: status[code] ?? 'UNKNOWN',
    reason: isReason(reason) ? reason : undefined,
    metadata,
    retryAfterMs: retryDelay && retryDelay.seconds * 1_000 + retryDelay.nanos / 1_000_000,
  };
  return { userId, error: new TokenVaultError(options) };
}
