import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NoAnswer, RefusalCause, TokenOutcome } from '../../../src/domain/oauth-provider.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { type Answer, drop, html, json, silence } from '../../support/scripted-server.ts';
import { CLIENT, type GoogleFixture, startGoogleFixture, tokensBody } from './google-fixture.ts';

const exchange = { code: new Secret('4/0code'), redirectUri: '' };
const refresh = { refreshToken: new Secret('1//refresh') };
const unavailable: NoAnswer = { kind: 'no_answer', cause: 'unavailable', sent: true };
const rateLimited: NoAnswer = { kind: 'no_answer', cause: 'rate_limited', sent: true };

describe('an answer of the token endpoint', () => {
  let google: GoogleFixture;

  beforeAll(async () => {
    google = await startGoogleFixture({ requestTimeoutMs: 400, exchangeTimeoutMs: 400 });
  });

  afterAll(() => google.close());

  /** Both calls read answers alike, and ask once each. */
  async function outcomeOf(answer: Answer): Promise<TokenOutcome> {
    google.server.answer = answer;
    const before = google.server.requests.length;
    const [one, other] = await Promise.all([
      google.provider.exchangeCode(CLIENT, exchange),
      google.provider.refresh(CLIENT, refresh),
    ]);
    expect(google.server.requests.length - before).toBe(2);
    expect(other).toEqual(one);
    return one;
  }

  const refusals: readonly [number, string, string | undefined, RefusalCause][] = [
    [400, 'invalid_grant', 'Malformed auth code.', 'invalid_grant'],
    [400, 'invalid_grant', 'Bad Request', 'invalid_grant'],
    [400, 'invalid_grant', 'Token has been expired or revoked.', 'invalid_grant'],
    [400, 'invalid_grant', 'Account has been deleted', 'invalid_grant'],
    [400, 'invalid_grant', 'Invalid code verifier.', 'invalid_grant'],
    [401, 'invalid_client', 'The OAuth client was not found.', 'invalid_client'],
    [401, 'invalid_client', 'The provided client secret is invalid.', 'invalid_client'],
    [401, 'unauthorized_client', 'Unauthorized', 'unauthorized_client'],
    [401, 'deleted_client', undefined, 'client_disabled'],
    [401, 'disabled_client', undefined, 'client_disabled'],
    [400, 'redirect_uri_mismatch', 'Bad Request', 'redirect_uri_mismatch'],
    [400, 'invalid_request', 'Missing parameter: redirect_uri', 'invalid_request'],
    [400, 'invalid_scope', 'Some requested scopes were invalid.', 'invalid_scope'],
    [400, 'unsupported_grant_type', undefined, 'invalid_request'],
    [400, 'invalid_dpop_proof', undefined, 'invalid_request'],
    [400, 'use_dpop_nonce', undefined, 'invalid_request'],
    [403, 'restricted_client', undefined, 'admin_policy_enforced'],
    [400, 'admin_policy_enforced', undefined, 'admin_policy_enforced'],
    [403, 'access_denied', undefined, 'admin_policy_enforced'],
    [403, 'org_internal', undefined, 'admin_policy_enforced'],
    [400, 'consent_required', undefined, 'reauth_required'],
  ];
  it.each(refusals)('%i %s (%s) is the refusal it says', async (status, error, text, cause) => {
    const answer = json(status, { error, error_description: text });
    expect(await outcomeOf(answer)).toEqual({ kind: 'refused', cause });
  });

  it.each(['invalid_rapt', 'rapt_required'])(
    'invalid_grant with %s keeps the grant',
    async (rapt) => {
      const answer = json(400, { error: 'invalid_grant', error_subtype: rapt });
      expect(await outcomeOf(answer)).toEqual({ kind: 'refused', cause: 'reauth_required' });
    },
  );

  it('is read also beside a challenge in a header', async () => {
    const answer = json(
      401,
      { error: 'invalid_client' },
      { 'www-authenticate': 'Basic realm="x"' },
    );
    expect(await outcomeOf(answer)).toEqual({ kind: 'refused', cause: 'invalid_client' });
  });

  const noAnswers: readonly [string, Answer, NoAnswer][] = [
    ['429', json(429, {}), rateLimited],
    ['429 whatever it says', json(429, { error: 'invalid_grant' }), rateLimited],
    ['429 HTML', html(429), rateLimited],
    ['403 rate_limit_exceeded', json(403, { error: 'rate_limit_exceeded' }), rateLimited],
    ['403 HTML about automated queries', html(403), rateLimited],
    ['403 without a body', (response) => response.writeHead(403).end(), rateLimited],
    ['408', json(408, { error: 'invalid_grant' }), unavailable],
    ['500', json(500, {}), unavailable],
    ['500 with a refusal', json(500, { error: 'invalid_grant' }), unavailable],
    ['503 without a body', (response) => response.writeHead(503).end(), unavailable],
    ['504 HTML', html(504), unavailable],
    ['400 internal_failure', json(400, { error: 'internal_failure' }), unavailable],
    ['400 server_error', json(400, { error: 'server_error' }), unavailable],
    ['503 temporarily_unavailable', json(503, { error: 'temporarily_unavailable' }), unavailable],
    ['400 with an error that nobody documents', json(400, { error: 'new_error' }), unavailable],
    ['400 with an error inherited by objects', json(400, { error: 'constructor' }), unavailable],
    ['400 HTML', html(400), unavailable],
    ['400 truncated', json(400, '{"error":"invalid_grant'), unavailable],
    ['400 with another shape', json(400, { error: { code: 400 } }), unavailable],
    ['400 that is not called JSON', textual(400, { error: 'invalid_grant' }), unavailable],
    ['404', json(404, {}), unavailable],
    ['307', json(307, {}, { location: '/token' }), unavailable],
    ['201', json(201, tokensBody()), unavailable],
    ['204', (response) => response.writeHead(204).end(), unavailable],
    ['200 HTML', html(200), unavailable],
    ['200 truncated', json(200, '{"access_token":"ya29.'), unavailable],
    ['200 that is not UTF-8', notUtf8, unavailable],
    [
      '200 over 64 KiB',
      json(200, tokensBody({ padding: 'x'.repeat(100_000) })),
      { ...unavailable, outside: 'error' },
    ],
    ['200 with an error', json(200, { error: 'invalid_grant' }), unavailable],
    ['200 null', json(200, 'null'), unavailable],
    ['200 that is not called JSON', textual(200, tokensBody()), unavailable],
    ['a broken connection', drop, { ...unavailable, outside: 'unreachable' }],
    ['silence', silence, { ...unavailable, outside: 'slow' }],
  ];
  it.each(noAnswers)('%s is no answer', async (_, answer, outcome) => {
    expect(await outcomeOf(answer)).toEqual(outcome);
  });

  const badFields: readonly Readonly<Record<string, unknown>>[] = [
    { access_token: undefined },
    { access_token: '' },
    { access_token: 'two\nlines' },
    { access_token: 7 },
    { token_type: undefined },
    { token_type: 'DPoP' },
    { token_type: 'mac' },
    { expires_in: undefined },
    { expires_in: '3599' },
    { expires_in: 0 },
    { expires_in: -5 },
    { expires_in: 86_401 },
    { expires_in: 1e12 },
    { expires_in: null },
    { scope: ['openid'] },
    { refresh_token: '' },
    { refresh_token: 7 },
    { id_token: {} },
  ];
  it.each(badFields)('a success with %o is no answer', async (field) => {
    expect(await outcomeOf(json(200, tokensBody(field)))).toEqual(unavailable);
  });

  it('is no answer, and certainly was not asked for, when nobody listens', async () => {
    const other = await startGoogleFixture();
    await other.server.close();
    const outcome = await other.provider.exchangeCode(CLIENT, exchange);
    const never = { kind: 'no_answer', cause: 'unavailable', sent: false };
    expect(outcome).toEqual({ ...never, outside: 'unreachable' });
    await other.close();
  });

  it('carries Retry-After where it is no answer', async () => {
    const wait = { 'retry-after': '7' };
    expect(await outcomeOf(html(429, wait))).toEqual({ ...rateLimited, retryAfterMs: 7_000 });
    expect(await outcomeOf(json(503, {}, wait))).toEqual({ ...unavailable, retryAfterMs: 7_000 });
  });

  it('with tokens gives all that Google says about them', async () => {
    const body = tokensBody({
      scope: 'https://www.googleapis.com/auth/drive.readonly openid  email',
      refresh_token: '1//new',
      refresh_token_expires_in: 604_799,
      id_token: 'a.b.c',
      unknown_field: { of: 'no interest' },
    });
    expect(await outcomeOf(json(200, body))).toEqual({
      kind: 'tokens',
      accessToken: new Secret('ya29.a'),
      expiresInMs: 3_599_000,
      scopes: [
        'https://www.googleapis.com/auth/drive.readonly',
        'https://www.googleapis.com/auth/userinfo.email',
        'openid',
      ],
      refreshToken: new Secret('1//new'),
      refreshTokenExpiresInMs: 604_799_000,
      idToken: new Secret('a.b.c'),
    });
    const outcome = await outcomeOf(json(200, body));
    const revealed = Object.entries(outcome)
      .filter(([, value]) => value instanceof Secret)
      .map(([name, value]) => [name, value.reveal()]);
    expect(Object.fromEntries(revealed)).toEqual({
      accessToken: 'ya29.a',
      refreshToken: '1//new',
      idToken: 'a.b.c',
    });
  });

  it('with nothing but an access token is a success', async () => {
    const outcome = await outcomeOf(json(200, tokensBody({ token_type: 'bearer' })));
    expect(Object.keys(outcome).sort()).toEqual(['accessToken', 'expiresInMs', 'kind']);
  });

  it('that names no scope at all grants none', async () => {
    expect(await outcomeOf(json(200, tokensBody({ scope: '' })))).toMatchObject({ scopes: [] });
  });

  it.each([0, -1, 1e12, '604799', null])('ignores refresh_token_expires_in %o', async (life) => {
    const body = tokensBody({ refresh_token: '1//new', refresh_token_expires_in: life });
    const outcome = await outcomeOf(json(200, body));
    expect(outcome.kind).toBe('tokens');
    expect(outcome).not.toHaveProperty('refreshTokenExpiresInMs');
  });
});

function textual(status: number, body: object): Answer {
  return json(status, body, { 'content-type': 'text/plain' });
}

function notUtf8(response: Parameters<Answer>[0]): void {
  const body = Buffer.from(JSON.stringify(tokensBody({ padding: '\u00ff' })), 'latin1');
  response.writeHead(200, { 'content-type': 'application/json' }).end(body);
}
