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

async function signIn(parameters: Record<string, string>): Promise<URL> {
  const query = new URLSearchParams({
    client_id: WEB,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid email',
    ...parameters,
  });
  const url = `${standIn.url}/o/oauth2/v2/auth?${query}`;
  const response = await fetch(url, { redirect: 'manual' });
  return new URL(response.headers.get('location') ?? `about:status-${response.status}`);
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
