/** An error as Google's OAuth endpoints send it: a status and a JSON body (RFC 6749 section 5.2). */
export interface GoogleError {
  readonly status: number;
  readonly error: string;
  readonly error_description: string;
}

function oauthError(status: number, error: string, description: string): GoogleError {
  return { status, error, error_description: description };
}

/**
 * Google's token endpoint in its own words. Google documents the `error` codes and no texts; each
 * comment names a public report in which the body was seen. "Unsourced": nobody was found quoting
 * it, so do not rely on the text. Rely on `error` and the status in any case.
 */
export const TOKEN_ERRORS = {
  /** GeneralTask/task-manager#2169, simonw/google-drive-to-sqlite#16 */
  deadRefreshToken: oauthError(400, 'invalid_grant', 'Token has been expired or revoked.'),
  /** ntawileh/obsidian-google-lookup#69 */
  malformedCode: oauthError(400, 'invalid_grant', 'Malformed auth code.'),
  /** Used or expired; unsourced */
  deadCode: oauthError(400, 'invalid_grant', 'Bad Request'),
  /** onaio/onadata#3068 */
  missingVerifier: oauthError(400, 'invalid_grant', 'Missing code verifier.'),
  /** googleapis/google-api-java-client#1479 */
  wrongVerifier: oauthError(400, 'invalid_grant', 'Invalid code verifier.'),
  /** googleapis/google-auth-library-nodejs#2028 */
  needlessVerifier: oauthError(400, 'invalid_grant', 'code_verifier or verifier is not needed.'),
  /** Edujugon/laravel-google-ads#17 */
  unknownClient: oauthError(401, 'invalid_client', 'The OAuth client was not found.'),
  /** Fixtures of public secret scanners; before 2025 the text was "Unauthorized" */
  wrongSecret: oauthError(401, 'invalid_client', 'The provided client secret is invalid.'),
  /** googleapis/google-api-dotnet-client#2802 */
  foreignClient: oauthError(401, 'unauthorized_client', 'Unauthorized'),
  /** zquestz/omniauth-google-oauth2#391; the description is unsourced */
  redirectUriMismatch: oauthError(400, 'redirect_uri_mismatch', 'Bad Request'),
  /** Recorded fixtures in public repositories */
  missingRedirectUri: oauthError(400, 'invalid_request', 'Missing parameter: redirect_uri'),
  /** Reported by several client libraries */
  missingSecret: oauthError(400, 'invalid_request', 'client_secret is missing.'),
  /** Unsourced */
  missingClientId: oauthError(
    400,
    'invalid_request',
    'Could not determine client ID from request.',
  ),
  /** A valid scope that was never granted; unsourced */
  scopeNotGranted: oauthError(400, 'invalid_scope', 'Bad Request'),
  /** Unsourced */
  unknownGrantType: oauthError(400, 'unsupported_grant_type', 'Invalid grant_type.'),
  /** The code is what Chromium expects of Google; the text is unsourced */
  rateLimitExceeded: oauthError(429, 'rate_limit_exceeded', 'Too many requests'),
  /** Anything else that is wrong with the request; unsourced */
  badRequest: oauthError(400, 'invalid_request', 'Bad Request'),
} as const satisfies Record<string, GoogleError>;

/**
 * What oidc-provider says (its error code, its detail and the cause, joined by spaces), and what
 * Google would say. The first match counts.
 */
export const TOKEN_ERROR_RULES: readonly (readonly [RegExp, GoogleError])[] = [
  [/client not found/, TOKEN_ERRORS.unknownClient],
  [/invalid secret provided/, TOKEN_ERRORS.wrongSecret],
  [/mechanism does not match the registered/, TOKEN_ERRORS.missingSecret],
  [/no client authentication mechanism provided/, TOKEN_ERRORS.missingClientId],
  [/client mismatch/, TOKEN_ERRORS.foreignClient],
  [/redirect_uri mismatch/, TOKEN_ERRORS.redirectUriMismatch],
  [/missing required parameter.*redirect_uri/, TOKEN_ERRORS.missingRedirectUri],
  [/authorization code not found/, TOKEN_ERRORS.malformedCode],
  [/authorization code (is expired|already consumed)/, TOKEN_ERRORS.deadCode],
  [/code_verifier must be provided/, TOKEN_ERRORS.missingVerifier],
  [/unsupported code_challenge_method/, TOKEN_ERRORS.needlessVerifier],
  [/code_verifier/, TOKEN_ERRORS.wrongVerifier],
  [/^invalid_grant/, TOKEN_ERRORS.deadRefreshToken],
  [/^invalid_scope/, TOKEN_ERRORS.scopeNotGranted],
  [/^unsupported_grant_type/, TOKEN_ERRORS.unknownGrantType],
];

/** `/revoke` and `/tokeninfo`. The codes are documented, the texts unsourced. */
export const INVALID_TOKEN = oauthError(400, 'invalid_token', 'Token expired or revoked');
export const INVALID_TOKEN_INFO = oauthError(400, 'invalid_token', 'Invalid Value');
export const MISSING_TOKEN = oauthError(
  400,
  'invalid_request',
  'Missing required parameter: token',
);
