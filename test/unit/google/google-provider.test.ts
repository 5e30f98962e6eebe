import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type CredentialsVerdict,
  NOBODYS_REFRESH_TOKEN,
} from '../../../src/domain/oauth-provider.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { type Answer, drop, html, json, silence } from '../../support/scripted-server.ts';
import { CLIENT, type GoogleFixture, startGoogleFixture, tokensBody } from './google-fixture.ts';

describe('GoogleProvider', () => {
  let google: GoogleFixture;

  beforeAll(async () => {
    google = await startGoogleFixture({ requestTimeoutMs: 200, exchangeTimeoutMs: 600 });
  });

  beforeEach(() => {
    google.server.requests.length = 0;
    google.metrics.recorded.length = 0;
    google.server.answer = json(200, tokensBody());
  });

  afterAll(() => google.close());

  /** The one request that was sent. */
  function sent() {
    expect(google.server.requests).toHaveLength(1);
    const [request] = google.server.requests;
    return { ...request, form: Object.fromEntries(request?.form ?? []) };
  }

  it('exchanges a code with the redirect URI present and empty', async () => {
    await google.provider.exchangeCode(CLIENT, { code: new Secret('4/0A%2F+=&'), redirectUri: '' });
    expect(sent()).toMatchObject({
      method: 'POST',
      path: '/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
      body: expect.stringContaining('redirect_uri=&'),
    });
    expect(sent().form).toEqual({
      grant_type: 'authorization_code',
      code: '4/0A%2F+=&',
      redirect_uri: '',
      client_id: 'client.example',
      client_secret: 'the client secret',
    });
  });

  it('exchanges a code with its verifier and redirect URI', async () => {
    await google.provider.exchangeCode(CLIENT, {
      code: new Secret('4/0A'),
      redirectUri: 'postmessage',
      codeVerifier: new Secret('v'.repeat(43)),
    });
    expect(sent().form).toMatchObject({
      redirect_uri: 'postmessage',
      code_verifier: 'v'.repeat(43),
    });
  });

  it('refreshes for exactly the scopes asked for', async () => {
    const refreshToken = new Secret('1//r');
    await google.provider.refresh(CLIENT, { refreshToken, scopes: ['a', 'b'] });
    expect(sent().form).toEqual({
      grant_type: 'refresh_token',
      refresh_token: '1//r',
      scope: 'a b',
      client_id: 'client.example',
      client_secret: 'the client secret',
    });
  });

  it('refreshes without a scope where none is asked for', async () => {
    await google.provider.refresh(CLIENT, { refreshToken: new Secret('1//r') });
    expect(sent().form).not.toHaveProperty('scope');
  });

  it('gives an exchange its own, longer time', async () => {
    google.server.answer = silence;
    await google.provider.refresh(CLIENT, { refreshToken: new Secret('1//r') });
    await google.provider.exchangeCode(CLIENT, { code: new Secret('4/0A'), redirectUri: '' });
    const [refresh = 0, exchange = 0] = google.metrics.recorded.map((one) => one.value);
    expect(refresh).toBeGreaterThan(0.19);
    expect(exchange).toBeGreaterThan(0.59);
  });

  it('revokes with the token alone, in the body', async () => {
    expect(await google.provider.revoke(new Secret('1//r'))).toBe('revoked');
    expect(sent()).toMatchObject({ method: 'POST', path: '/revoke', form: { token: '1//r' } });
    expect(Object.keys(sent().form)).toEqual(['token']);
  });

  const revocations: readonly [string, Answer, 'revoked' | 'no_answer'][] = [
    ['200', json(200, {}), 'revoked'],
    ['200 HTML', html(200), 'revoked'],
    ['202', json(202, {}), 'no_answer'],
    ['204', (response) => response.writeHead(204).end(), 'no_answer'],
    ['400 invalid_token', json(400, { error: 'invalid_token' }), 'revoked'],
    ['400 invalid_request', json(400, { error: 'invalid_request' }), 'no_answer'],
    ['400 HTML', html(400), 'no_answer'],
    ['400 null', json(400, 'null'), 'no_answer'],
    ['403 invalid_token', json(403, { error: 'invalid_token' }), 'no_answer'],
    ['404', json(404, {}), 'no_answer'],
    ['307', json(307, {}, { location: '/revoke2' }), 'no_answer'],
    ['429', json(429, {}), 'no_answer'],
    ['503', json(503, {}), 'no_answer'],
    ['a broken connection', drop, 'no_answer'],
    ['silence', silence, 'no_answer'],
  ];
  it.each(revocations)('takes %s to a revocation as it is, once', async (_, answer, outcome) => {
    google.server.answer = answer;
    expect(await google.provider.revoke(new Secret('1//r'))).toBe(outcome);
    expect(google.server.requests).toHaveLength(1);
  });

  it('asks about a client with a refresh token that is nobody’s', async () => {
    google.server.answer = json(400, { error: 'invalid_grant' });
    expect(await google.provider.probe(CLIENT)).toBe('accepted');
    expect(sent()).toMatchObject({ method: 'POST', path: '/token' });
    expect(sent().form).toEqual({
      grant_type: 'refresh_token',
      refresh_token: NOBODYS_REFRESH_TOKEN,
      client_id: 'client.example',
      client_secret: 'the client secret',
    });
  });

  const probes: readonly [string, Answer, CredentialsVerdict][] = [
    ['401 invalid_client', json(401, { error: 'invalid_client' }), 'rejected'],
    ['401 deleted_client', json(401, { error: 'deleted_client' }), 'disabled'],
    ['401 disabled_client', json(401, { error: 'disabled_client' }), 'disabled'],
    ['400 invalid_grant', json(400, { error: 'invalid_grant' }), 'accepted'],
    ['400 invalid_request', json(400, { error: 'invalid_request' }), 'no_answer'],
    ['401 unauthorized_client', json(401, { error: 'unauthorized_client' }), 'accepted'],
    ['401 HTML', html(401), 'no_answer'],
    ['403 HTML', html(403), 'no_answer'],
    ['429', json(429, {}), 'no_answer'],
    ['503', json(503, { error: 'invalid_client' }), 'no_answer'],
    ['a broken connection', drop, 'no_answer'],
    ['silence', silence, 'no_answer'],
  ];
  it.each(probes)('takes %s to a probe as it is, once', async (_, answer, verdict) => {
    google.server.answer = answer;
    expect(await google.provider.probe(CLIENT)).toBe(verdict);
    expect(google.server.requests).toHaveLength(1);
    const labels = { target: 'google_probe', outcome: verdict };
    expect(google.metrics.labelsOf('tokenvault_upstream_seconds')).toEqual([labels]);
  });

  it('measures each request by its target and outcome', async () => {
    const refresh = { refreshToken: new Secret('1//r') };
    await google.provider.refresh(CLIENT, refresh);
    google.server.answer = json(400, { error: 'invalid_grant' });
    await google.provider.refresh(CLIENT, refresh);
    google.server.answer = json(429, {});
    await google.provider.refresh(CLIENT, refresh);
    await google.provider.revoke(new Secret('1//r'));
    expect(google.metrics.labelsOf('tokenvault_upstream_seconds')).toEqual([
      { target: 'google_token', outcome: 'ok' },
      { target: 'google_token', outcome: 'invalid_grant' },
      { target: 'google_token', outcome: 'rate_limited' },
      { target: 'google_revoke', outcome: 'no_answer' },
    ]);
  });
});
