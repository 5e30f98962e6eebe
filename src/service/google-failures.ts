import { Failure } from '../domain/failure.ts';
import type { NoAnswer, RefusalCause } from '../domain/oauth-provider.ts';
import type { Reason } from '../domain/reasons.ts';
import type { TokenKey } from './access-token-cache.ts';

/** Google cannot be asked now, or answers nothing that can be used. */
export function noAnswerFailure({ cause, retryAfterMs }: NoAnswer): Failure {
  return new Failure(noAnswerReason(cause), { retryAfterMs });
}

export function noAnswerReason(
  cause: NoAnswer['cause'],
): 'PROVIDER_RATE_LIMITED' | 'PROVIDER_UNAVAILABLE' {
  return cause === 'rate_limited' ? 'PROVIDER_RATE_LIMITED' : 'PROVIDER_UNAVAILABLE';
}

/** What a refused code means for the caller. */
const CODE_REFUSED: Readonly<Record<RefusalCause, Reason>> = {
  invalid_grant: 'CODE_REJECTED',
  reauth_required: 'USER_REAUTH_REQUIRED',
  invalid_client: 'PROVIDER_CLIENT_REJECTED',
  client_disabled: 'PROVIDER_CLIENT_REJECTED',
  unauthorized_client: 'CODE_REJECTED',
  redirect_uri_mismatch: 'REDIRECT_URI_MISMATCH',
  invalid_scope: 'CODE_REJECTED',
  admin_policy_enforced: 'ADMIN_POLICY_ENFORCED',
  invalid_request: 'CODE_REJECTED',
};

/** What a refused refresh means for the caller; a dead grant is confirmed before it is reported. */
const REFRESH_REFUSED: Readonly<Record<RefusalCause, Reason>> = {
  invalid_grant: 'USER_RECONSENT_REQUIRED',
  reauth_required: 'USER_REAUTH_REQUIRED',
  invalid_client: 'PROVIDER_CLIENT_REJECTED',
  client_disabled: 'PROVIDER_CLIENT_REJECTED',
  unauthorized_client: 'PROVIDER_CLIENT_REJECTED',
  redirect_uri_mismatch: 'INTERNAL',
  invalid_scope: 'SCOPE_NOT_GRANTED',
  admin_policy_enforced: 'ADMIN_POLICY_ENFORCED',
  invalid_request: 'INTERNAL',
};

export function codeRefusedFailure(cause: RefusalCause, oauthClient: string): Failure {
  return new Failure(CODE_REFUSED[cause], {
    metadata: { oauthClient },
    detail: `google: ${cause}`,
  });
}

export function refreshRefusedFailure(
  cause: RefusalCause,
  asked: Pick<TokenKey, 'oauthClient' | 'scopes'>,
): Failure {
  const { oauthClient, scopes } = asked;
  const missingScopes = cause === 'invalid_scope' ? { missingScopes: scopes.join(' ') } : undefined;
  const metadata = { oauthClient, ...missingScopes };
  return new Failure(REFRESH_REFUSED[cause], { metadata, detail: `google: ${cause}` });
}
