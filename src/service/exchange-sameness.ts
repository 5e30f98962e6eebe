import type { CallContext } from '../domain/caller.ts';
import type { ExchangeResponse } from '../domain/exchange-record.ts';
import { Failure } from '../domain/failure.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { ExchangeCodeRequest } from './token-vault.ts';

/** Keyed hashes of what makes two exchanges of a code the same: who asks, and every other field. */
export interface Sameness {
  readonly request: string;
  /**
   * Of the same request before its caller knew whose the code has to be: it may learn so between a
   * call and its repeat. The outcome is held against it all the same.
   */
  readonly unexpecting: string;
}

export function samenessOf(
  request: ExchangeCodeRequest,
  context: CallContext,
  keyedHash: KeyedHash,
): Sameness {
  const hashed = (expectedUserId: string | undefined) =>
    keyedHash.of('exchange-request', fieldsOf({ ...request, expectedUserId }, context));
  return { request: hashed(request.expectedUserId), unexpecting: hashed(undefined) };
}

function fieldsOf(request: ExchangeCodeRequest, { caller }: CallContext): string {
  return JSON.stringify([
    caller.id,
    request.oauthClient,
    request.codeSource ?? null,
    request.redirectUri,
    request.codeVerifier?.reveal() ?? null,
    request.nonce ?? null,
    request.expectedUserId ?? null,
    request.externalUserId ?? null,
    // Left out where it is false, as an older replica would, to which a repeat may come.
    ...(request.rebindExternalUser ? [true] : []),
  ]);
}

/** @throws Failure USER_MISMATCH where an outcome is of another user than its caller expects */
export function ensureExpected(
  { expectedUserId }: Pick<ExchangeCodeRequest, 'expectedUserId'>,
  { userId }: Pick<ExchangeResponse, 'userId'>,
): void {
  if (expectedUserId === undefined || expectedUserId === userId) return;
  throw new Failure('USER_MISMATCH', { metadata: { mismatch: 'expectedUser' } });
}
