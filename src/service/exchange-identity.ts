import { type CallerRights, notAllowed } from '../domain/caller-rights.ts';
import { Failure } from '../domain/failure.ts';
import type { IdTokenVerifier } from '../domain/id-token-verifier.ts';
import type { OAuthClient } from '../domain/oauth-client.ts';
import type { TokenReply } from '../domain/oauth-provider.ts';
import type { Identity } from '../domain/profile.ts';
import type { ExchangeCodeRequest } from './token-vault.ts';

export interface IdentityWanted {
  readonly client: OAuthClient;
  readonly request: ExchangeCodeRequest;
  readonly rights: CallerRights;
}

/** Whose the code was, or why they are not whom the caller wants, or may have to do with. */
export async function identityOf(
  { idToken }: TokenReply,
  { client, request, rights }: IdentityWanted,
  idTokens: IdTokenVerifier,
): Promise<Identity | Failure> {
  if (idToken === undefined) return new Failure('IDENTITY_MISSING');
  const expected = { clientId: client.clientId, nonce: request.nonce };
  const identity = await idTokens.verify(idToken, expected);
  if (identity === undefined) return new Failure('CODE_REJECTED', { detail: 'ID token' });
  const { expectedUserId } = request;
  if (expectedUserId !== undefined && expectedUserId !== identity.userId) {
    return new Failure('USER_MISMATCH', { metadata: { mismatch: 'expectedUser' } });
  }
  if (!rights.allowsUser(identity.profile.hostedDomain)) return notAllowed('user');
  return identity;
}
