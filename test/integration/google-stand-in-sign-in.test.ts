import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GoogleStandIn } from '../../src/dev/google/stand-in.ts';
import { CALLBACK, StandInClient, startWithTwoClients, tokensOf, WEB } from './stand-in-client.ts';

let standIn: GoogleStandIn;
let google: StandInClient;

beforeAll(async () => {
  standIn = await startWithTwoClients();
  google = new StandInClient(standIn);
});
afterAll(() => standIn.stop());

const VERIFIER = 'a-verifier-that-is-long-enough-to-be-a-valid-one';

function ask(parameters: Record<string, string>, init: RequestInit = {}): Promise<Response> {
  const query = new URLSearchParams({
    client_id: WEB,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid email',
    ...parameters,
  });
  return fetch(`${standIn.url}/o/oauth2/v2/auth?${query}`, { redirect: 'manual', ...init });
}

function placeIn(response: Response): URL {
  return new URL(response.headers.get('location') ?? `about:status-${response.status}`);
}

async function signIn(parameters: Record<string, string>): Promise<URL> {
  return placeIn(await ask(parameters));
}

async function exchange(back: URL, more: Record<string, string> = {}) {
  const code = back.searchParams.get('code') ?? '';
  return tokensOf(await google.exchange(code, { redirect_uri: CALLBACK, ...more }));
}

function claims(idToken: string | undefined): Record<string, unknown> {
  const payload = Buffer.from(idToken?.split('.')[1] ?? '', 'base64url').toString();
  return JSON.parse(payload);
}

describe('sign-in without a browser', () => {
  it('redirects at once, with the code and the state', async () => {
    const back = await signIn({ state: 'mine' });
    expect(back.origin + back.pathname).toBe(CALLBACK);
    expect(back.searchParams.get('state')).toBe('mine');
    expect((await exchange(back)).scope).toContain('userinfo.email');
  });

  it('signs in the first user, or the one that login_hint names', async () => {
    const first = await exchange(await signIn({}));
    expect(claims(first.id_token)).toMatchObject({ email: 'user@example.com' });
    const hinted = await exchange(await signIn({ login_hint: 'user@workspace.example' }));
    expect(claims(hinted.id_token)).toMatchObject({
      email: 'user@workspace.example',
      hd: 'workspace.example',
    });
  });

  it('makes an account for an address that it has not seen, always the same one', async () => {
    const hint = { login_hint: 'new@example.com' };
    const once = claims((await exchange(await signIn(hint))).id_token);
    const again = claims((await exchange(await signIn(hint))).id_token);
    expect(once).toMatchObject({
      email: 'new@example.com',
      sub: expect.stringMatching(/^\d{21}$/),
    });
    expect(again.sub).toBe(once.sub);
  });

  it('gives a refresh token for access_type=offline, and only with the first consent', async () => {
    const offline = { access_type: 'offline', login_hint: 'offline@example.com' };
    expect(await exchange(await signIn(offline))).toHaveProperty('refresh_token');
    expect(await exchange(await signIn(offline))).not.toHaveProperty('refresh_token');
    const asked = await signIn({ ...offline, prompt: 'consent' });
    expect(await exchange(asked)).toHaveProperty('refresh_token');
    const online = await signIn({ login_hint: 'online@example.com' });
    expect(await exchange(online)).not.toHaveProperty('refresh_token');
  });

  it('carries nonce and PKCE challenge', async () => {
    const code_challenge = createHash('sha256').update(VERIFIER).digest('base64url');
    const pkce = { code_challenge, code_challenge_method: 'S256' };
    const tokens = await exchange(await signIn({ ...pkce, nonce: 'n-1' }), {
      code_verifier: VERIFIER,
    });
    expect(claims(tokens.id_token).nonce).toBe('n-1');
    const withoutVerifier = exchange(await signIn(pkce));
    await expect(withoutVerifier).rejects.toThrow('Missing code verifier.');
  });

  it('does not redirect to a URI that the client has not registered', async () => {
    const back = await signIn({ redirect_uri: 'https://elsewhere.example/' });
    expect(back.protocol).toBe('about:');
  });
});

describe('the page that a browser gets', () => {
  const DRIVE = 'https://www.googleapis.com/auth/drive.appdata';
  const browser = { headers: { accept: 'text/html,*/*' } };

  it('offers the accounts and what they may grant', async () => {
    const answer = await ask({ scope: `openid email ${DRIVE}` }, browser);
    const page = await answer.text();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    for (const text of ['user@example.com', 'user@workspace.example', DRIVE]) {
      expect(page).toContain(text);
    }
  });

  it('signs in the account that was chosen, with the scopes that stayed ticked', async () => {
    const answer = await ask({ login_hint: '108000000000000000002' }, browser);
    const query = new URLSearchParams({ scope: DRIVE });
    const chosen = await fetch(`${answer.url}&${query}`, { redirect: 'manual', ...browser });
    const tokens = await exchange(placeIn(chosen));
    expect(claims(tokens.id_token)).toMatchObject({ email: 'user@workspace.example' });
    expect(tokens.scope?.split(' ')).toEqual(expect.arrayContaining(['openid', DRIVE]));
  });

  it('takes a refusal back to the client, with the state', async () => {
    const page = await (await ask({ state: 'a"><script>' }, browser)).text();
    expect(page).not.toContain('<script');
    const [, href = ''] = /<a href="([^"]+)"/.exec(page) ?? [];
    const back = new URL(href.replaceAll('&#38;', '&'));
    expect(back.origin + back.pathname).toBe(CALLBACK);
    expect(back.searchParams.get('error')).toBe('access_denied');
    expect(back.searchParams.get('state')).toBe('a"><script>');
  });

  it('is not shown where the request says that nothing may be', async () => {
    const back = placeIn(await ask({ prompt: 'none' }, browser));
    expect(back.origin + back.pathname).toBe(CALLBACK);
  });

  it('is not shown for a URI that the client has not registered', async () => {
    const answer = await ask({ redirect_uri: 'https://elsewhere.example/' }, browser);
    expect(answer.status).toBe(400);
  });
});
