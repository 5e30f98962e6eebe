interface ReasonText {
  readonly message: string;
  readonly retryAfterMs?: number;
}

export type Reason =
  | 'FIELD_INVALID'
  | 'CALLER_CREDENTIAL_INVALID'
  | 'CALLER_NOT_ALLOWED'
  | 'USER_NOT_CONNECTED'
  | 'USER_ALREADY_CONNECTED'
  | 'USER_RECONSENT_REQUIRED'
  | 'USER_REVOKED'
  | 'REVOCATION_IN_PROGRESS'
  | 'USER_REAUTH_REQUIRED'
  | 'ADMIN_POLICY_ENFORCED'
  | 'SCOPE_NOT_GRANTED'
  | 'SCOPE_NARROWING_FAILED'
  | 'CODE_REJECTED'
  | 'REDIRECT_URI_MISMATCH'
  | 'IDENTITY_MISSING'
  | 'REFRESH_TOKEN_MISSING'
  | 'USER_MISMATCH'
  | 'EXCHANGE_IN_PROGRESS'
  | 'EXCHANGE_OUTCOME_UNKNOWN'
  | 'PROVIDER_UNAVAILABLE'
  | 'PROVIDER_RATE_LIMITED'
  | 'PROVIDER_CLIENT_REJECTED'
  | 'CLIENT_NOT_CONFIGURED'
  | 'STORE_UNAVAILABLE'
  | 'STORE_ACCESS_LOST'
  | 'CONCURRENT_UPDATE'
  | 'STORED_RECORD_CORRUPT'
  | 'CALLER_RATE_LIMITED'
  | 'NOT_READY'
  | 'INTERNAL';

/**
 * Every `ErrorInfo.reason`: the fixed sentence that the caller reads and, where a retry of the same
 * call can help, the least wait before it. The gRPC status of each is in `grpc/status.ts`.
 */
export const REASONS: Readonly<Record<Reason, ReasonText>> = {
  FIELD_INVALID: { message: 'A field of the request is not valid.' },
  CALLER_CREDENTIAL_INVALID: { message: 'The caller could not be authenticated.' },
  CALLER_NOT_ALLOWED: { message: 'The caller is not allowed to do this.' },
  USER_NOT_CONNECTED: { message: 'The user is unknown, or has no grant for this OAuth client.' },
  USER_ALREADY_CONNECTED: { message: 'The user has a record already; nothing was changed.' },
  USER_RECONSENT_REQUIRED: { message: 'The user’s grant has ended; a new consent is needed.' },
  USER_REVOKED: { message: 'The user was revoked; a new consent is needed.' },
  REVOCATION_IN_PROGRESS: {
    message: 'A revocation of this user is still running; get a new code and try again later.',
    retryAfterMs: 5_000,
  },
  USER_REAUTH_REQUIRED: { message: 'Google demands that the user signs in again.' },
  ADMIN_POLICY_ENFORCED: { message: 'The user’s administrator blocks this app or scope.' },
  SCOPE_NOT_GRANTED: { message: 'The user has not granted a requested scope.' },
  SCOPE_NARROWING_FAILED: { message: 'Google gave more scopes than were asked for.' },
  CODE_REJECTED: { message: 'The code was not accepted; get a new one.' },
  REDIRECT_URI_MISMATCH: { message: 'Google does not know the redirect URI for this code.' },
  IDENTITY_MISSING: { message: 'Google sent no ID token; ask for the openid scope.' },
  REFRESH_TOKEN_MISSING: {
    message: 'Google sent no refresh token and none that works is stored; ask for consent again.',
  },
  USER_MISMATCH: { message: 'The code belongs to another account than expected.' },
  EXCHANGE_IN_PROGRESS: {
    message: 'The same code is still being exchanged; repeat the same request.',
    retryAfterMs: 2_000,
  },
  EXCHANGE_OUTCOME_UNKNOWN: {
    message: 'The code was sent, and its outcome is not known; get a new one.',
  },
  PROVIDER_UNAVAILABLE: { message: 'Google cannot be reached or fails.', retryAfterMs: 2_000 },
  PROVIDER_RATE_LIMITED: { message: 'Google limits our requests.', retryAfterMs: 5_000 },
  PROVIDER_CLIENT_REJECTED: {
    message: 'Google refuses the OAuth client or its secret.',
    retryAfterMs: 30_000,
  },
  CLIENT_NOT_CONFIGURED: {
    message: 'The OAuth client is not configured.',
    retryAfterMs: 30_000,
  },
  STORE_UNAVAILABLE: { message: 'The secret store cannot be reached.', retryAfterMs: 1_000 },
  STORE_ACCESS_LOST: { message: 'The secret store refuses this service.', retryAfterMs: 5_000 },
  CONCURRENT_UPDATE: {
    message: 'The user was changed by others at the same time.',
    retryAfterMs: 200,
  },
  STORED_RECORD_CORRUPT: { message: 'The stored record cannot be read.' },
  CALLER_RATE_LIMITED: { message: 'The caller asks too often.', retryAfterMs: 1_000 },
  NOT_READY: { message: 'The service is not ready to serve.', retryAfterMs: 1_000 },
  INTERNAL: { message: 'An unexpected error happened; quote the request id.' },
};

/** Their wait is one before another call, with a new code: the same call would fail again. */
export const NEED_ANOTHER_CALL: ReadonlySet<Reason> = new Set(['REVOCATION_IN_PROGRESS']);
