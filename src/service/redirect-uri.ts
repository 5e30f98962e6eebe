import { Failure } from '../domain/failure.ts';
import type { CodeSource, OAuthClient } from '../domain/oauth-client.ts';

export interface CodeOrigin {
  /** Undefined takes the client's default. */
  readonly codeSource?: CodeSource;
  /** Empty where the caller named none. */
  readonly redirectUri: string;
}

/**
 * The `redirect_uri` that Google needs with a code of this origin: empty for mobile apps,
 * `postmessage` or the page's origin for a web popup, the registered URI for a redirect.
 * @throws Failure FIELD_INVALID for what the client does not allow
 */
export function redirectUriFor(client: OAuthClient, origin: CodeOrigin): string {
  const source = origin.codeSource ?? client.defaultCodeSource;
  const { redirectUri } = origin;
  if (!client.codeSources.includes(source)) {
    throw invalid('code_source', 'is not allowed for this OAuth client');
  }
  if (source === 'mobile') {
    if (redirectUri !== '') throw invalid('redirect_uri', 'must be empty for a mobile code');
    return '';
  }
  if (source === 'web-popup' && (redirectUri === '' || redirectUri === 'postmessage')) {
    return 'postmessage';
  }
  if (redirectUri === '') throw invalid('redirect_uri', 'is required for a web redirect');
  if (!client.redirectUris.includes(redirectUri)) {
    throw invalid('redirect_uri', 'is not one that this OAuth client allows');
  }
  return redirectUri;
}

function invalid(field: string, description: string): Failure {
  return new Failure('FIELD_INVALID', { violations: [{ field, description }] });
}
