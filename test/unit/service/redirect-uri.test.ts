import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import type { OAuthClient } from '../../../src/domain/oauth-client.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { redirectUriFor } from '../../../src/service/redirect-uri.ts';

const CALLBACK = 'https://app.example/callback';
const ORIGIN = 'https://app.example';

const client: OAuthClient = {
  alias: 'default',
  clientId: 'web.apps.example',
  secrets: [new Secret('s')],
  redirectUris: [CALLBACK, ORIGIN],
  codeSources: ['mobile', 'web-popup', 'web-redirect'],
  defaultCodeSource: 'mobile',
  version: 1,
};

function violationOf(work: () => string): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Failure ? error.violations[0]?.field : 'not a failure';
  }
}

describe('the redirect URI that goes to Google', () => {
  it.each([
    ['mobile', '', ''],
    ['web-popup', '', 'postmessage'],
    ['web-popup', 'postmessage', 'postmessage'],
    ['web-popup', ORIGIN, ORIGIN],
    ['web-redirect', CALLBACK, CALLBACK],
  ] as const)('for %s with %j is %j', (codeSource, redirectUri, expected) => {
    expect(redirectUriFor(client, { codeSource, redirectUri })).toBe(expected);
  });

  it('follows the client’s default where the caller named no source', () => {
    expect(redirectUriFor(client, { redirectUri: '' })).toBe('');
    const popup = { ...client, defaultCodeSource: 'web-popup' as const };
    expect(redirectUriFor(popup, { redirectUri: '' })).toBe('postmessage');
  });

  it.each([
    ['mobile', CALLBACK],
    ['web-popup', 'https://evil.example'],
    ['web-redirect', ''],
    ['web-redirect', 'postmessage'],
    ['web-redirect', `${CALLBACK}/`],
    ['web-redirect', `${CALLBACK}?x=1`],
  ] as const)('is refused for %s with %j', (codeSource, redirectUri) => {
    expect(violationOf(() => redirectUriFor(client, { codeSource, redirectUri }))).toBe(
      'redirect_uri',
    );
  });

  it('is refused for a source that the client does not allow', () => {
    const mobile = { ...client, codeSources: ['mobile' as const] };
    const origin = { codeSource: 'web-redirect' as const, redirectUri: CALLBACK };
    expect(violationOf(() => redirectUriFor(mobile, origin))).toBe('code_source');
  });
});
