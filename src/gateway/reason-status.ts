import type { Reason } from '../domain/reasons.ts';

/**
 * The HTTP status of every reason. An app needs three rules only: 409 asks for a new sign-in; 429,
 * 503 and 504 ask for the same request again, later; everything else is for a developer or an
 * operator. 504 is the status of a call that TokenVault did not answer in time.
 */
export const REASON_STATUS: Readonly<Record<Reason, number>> = {
  FIELD_INVALID: 400,
  REDIRECT_URI_MISMATCH: 400,
  ADMIN_POLICY_ENFORCED: 403,
  SCOPE_NOT_GRANTED: 403,
  USER_MISMATCH: 403,
  USER_NOT_CONNECTED: 404,

  CODE_REJECTED: 409,
  EXCHANGE_OUTCOME_UNKNOWN: 409,
  IDENTITY_MISSING: 409,
  REFRESH_TOKEN_MISSING: 409,
  REVOCATION_IN_PROGRESS: 409,
  USER_REAUTH_REQUIRED: 409,
  USER_RECONSENT_REQUIRED: 409,
  USER_REVOKED: 409,

  CALLER_RATE_LIMITED: 429,

  // The caller is this gateway: its certificate or the policy is wrong, and no app can mend that.
  CALLER_CREDENTIAL_INVALID: 500,
  CALLER_NOT_ALLOWED: 500,
  INTERNAL: 500,
  SCOPE_NARROWING_FAILED: 500,
  STORED_RECORD_CORRUPT: 500,
  USER_ALREADY_CONNECTED: 500,

  CLIENT_NOT_CONFIGURED: 503,
  CONCURRENT_UPDATE: 503,
  EXCHANGE_IN_PROGRESS: 503,
  NOT_READY: 503,
  PROVIDER_CLIENT_REJECTED: 503,
  PROVIDER_RATE_LIMITED: 503,
  PROVIDER_UNAVAILABLE: 503,
  STORE_ACCESS_LOST: 503,
  STORE_UNAVAILABLE: 503,
};
