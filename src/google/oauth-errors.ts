import type { NoAnswer, RefusalCause } from '../domain/oauth-provider.ts';

export type ErrorMeaning =
  | { readonly kind: 'refused'; readonly cause: RefusalCause }
  | { readonly kind: 'no_answer'; readonly cause: NoAnswer['cause'] };

const refused = (cause: RefusalCause): ErrorMeaning => ({ kind: 'refused', cause });
const noAnswer = (cause: NoAnswer['cause']): ErrorMeaning => ({ kind: 'no_answer', cause });

/**
 * What each `error` of Google's token endpoint means to us: RFC 6749 section 5.2, Google's "Using
 * OAuth 2.0 for Web Server Applications", and the errors that Chromium expects from the endpoint.
 * What is not listed is no answer: it must neither end a grant nor trip a client.
 */
const MEANINGS: ReadonlyMap<string, ErrorMeaning> = new Map([
  ['invalid_grant', refused('invalid_grant')],

  ['invalid_client', refused('invalid_client')],
  ['deleted_client', refused('client_disabled')],
  ['disabled_client', refused('client_disabled')],
  ['unauthorized_client', refused('unauthorized_client')],

  ['redirect_uri_mismatch', refused('redirect_uri_mismatch')],
  ['invalid_scope', refused('invalid_scope')],
  ['invalid_request', refused('invalid_request')],
  ['unsupported_grant_type', refused('invalid_request')],
  ['invalid_dpop_proof', refused('invalid_request')],
  ['use_dpop_nonce', refused('invalid_request')],

  ['admin_policy_enforced', refused('admin_policy_enforced')],
  ['access_denied', refused('admin_policy_enforced')],
  ['org_internal', refused('admin_policy_enforced')],
  ['restricted_client', refused('admin_policy_enforced')],
  // The user must be asked, in a browser. The grant is not said to be dead, so it is kept.
  ['consent_required', refused('reauth_required')],

  ['rate_limit_exceeded', noAnswer('rate_limited')],
  ['internal_failure', noAnswer('unavailable')],
  ['server_error', noAnswer('unavailable')],
  ['temporarily_unavailable', noAnswer('unavailable')],
]);

/** Values of `error_subtype` by which an `invalid_grant` is not the end of the grant. */
const REAUTH_SUBTYPES: ReadonlySet<string> = new Set(['invalid_rapt', 'rapt_required']);

/** Statuses that mean the same whatever the body says. */
const STATUSES: ReadonlyMap<number, ErrorMeaning> = new Map([
  [408, noAnswer('unavailable')],
  [429, noAnswer('rate_limited')],
]);

export interface OAuthError {
  readonly error: string;
  readonly error_subtype?: string | undefined;
}

/** @param error the body, where it is a well-formed OAuth error */
export function meaningOf(status: number, error: OAuthError | undefined): ErrorMeaning {
  const byStatus = STATUSES.get(status);
  if (byStatus !== undefined) return byStatus;
  if (error === undefined) {
    // "We're sorry … automated queries": Google throttles by a page of HTML.
    return noAnswer(status === 403 ? 'rate_limited' : 'unavailable');
  }
  if (error.error === 'invalid_grant' && REAUTH_SUBTYPES.has(error.error_subtype ?? '')) {
    return refused('reauth_required');
  }
  const meaning = MEANINGS.get(error.error) ?? noAnswer('unavailable');
  const definitive = status >= 400 && status < 500;
  return definitive || meaning.kind === 'no_answer' ? meaning : noAnswer('unavailable');
}
