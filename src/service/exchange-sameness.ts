import type { CallContext } from '../domain/caller.ts';
import type { ExchangeCodeRequest } from './token-vault.ts';

/** What makes two exchanges of a code the same: who asks, and every other field. */
export function sameness(request: ExchangeCodeRequest, { caller }: CallContext): string {
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
