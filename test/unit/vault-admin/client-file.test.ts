import { describe, expect, it } from 'vitest';
import { parseClientFile } from '../../../src/vault/admin/client-file.ts';
import { Refusal } from '../../../src/vault/admin/refusal.ts';

const SECRET = 'GOCSPX-planted-secret-1111';

function webFile(changes: object = {}): string {
  return JSON.stringify({
    web: {
      client_id: '123-abc.apps.googleusercontent.com',
      project_id: 'demo',
      client_secret: SECRET,
      redirect_uris: ['https://app.example/callback'],
      javascript_origins: ['https://app.example'],
      ...changes,
    },
  });
}

function refusalOf(text: string): string {
  try {
    parseClientFile(text);
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('the client file from Google’s console', () => {
  it('gives id, secret, redirect URIs and origins of a web client', () => {
    const file = parseClientFile(webFile());

    expect(file.clientId).toBe('123-abc.apps.googleusercontent.com');
    expect(file.clientSecret.reveal()).toBe(SECRET);
    expect(file.redirectUris).toEqual(['https://app.example/callback']);
    expect(file.javascriptOrigins).toEqual(['https://app.example']);
  });

  it('may be without redirect URIs and origins, as for a client of mobile apps alone', () => {
    const file = parseClientFile(
      webFile({ redirect_uris: undefined, javascript_origins: undefined }),
    );

    expect(file.redirectUris).toEqual([]);
    expect(file.javascriptOrigins).toEqual([]);
  });

  const refused: readonly (readonly [what: string, text: string, says: string])[] = [
    ['an installed app', webFile().replace('"web"', '"installed"'), 'whose secret is not secret'],
    ['a service account', '{"type":"service_account"}', 'no "web" client'],
    ['a list', '[]', 'no "web" client'],
    ['a lone string', '"web"', 'not a JSON object'],
    ['null', 'null', 'not a JSON object'],
    ['text that is cut off', webFile().slice(0, -10), 'not JSON'],
    ['no secret', webFile({ client_secret: undefined }), 'web.client_secret'],
    ['a web client that is none', '{"web":7}', 'web is not an object'],
    ['URIs that are no list', webFile({ redirect_uris: 'https://a.example' }), 'is not a list'],
    ['an empty id', webFile({ client_id: '' }), 'web.client_id'],
    ['an id over two lines', webFile({ client_id: 'a\nb' }), 'web.client_id'],
    [
      'a redirect URI that is none',
      webFile({ redirect_uris: ['callback'] }),
      'web.redirect_uris.0',
    ],
    ['one with another scheme', webFile({ redirect_uris: ['app:/x'] }), 'web.redirect_uris.0'],
    ['one with a comma', webFile({ redirect_uris: ['https://a.example/?a,b'] }), 'comma'],
    [
      'too many URIs',
      webFile({ redirect_uris: Array(101).fill('https://a.example') }),
      'web.redirect_uris',
    ],
    ['more than 64 KiB', webFile({ more: 'x'.repeat(65_536) }), 'larger than 64 KiB'],
  ];

  it.each(refused)('is refused for %s', (_what, text, says) => {
    expect(refusalOf(text)).toContain(says);
  });

  it.each(refused)('is refused in one line that has no secret in it: %s', (_what, text) => {
    expect(refusalOf(text)).not.toContain('planted');
    expect(refusalOf(text)).not.toContain('\n');
    expect(refusalOf(text), 'nothing of the parser’s own').not.toMatch(/invalid|expected|too /i);
  });
});
