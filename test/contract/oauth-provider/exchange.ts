import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { DRIVE, EMAIL, type Hands, refused, tokens } from './hands.ts';
import { OTHER, WEB } from './subject.ts';

const VERIFIER = 'a-code-verifier-of-at-least-43-characters-as-RFC-7636-asks';

/** Codes, and the client that presents them. */
export function exchangeContract(hands: Hands): void {
  describe('exchanging a code', () => {
    it('gives tokens and names their scopes', async () => {
      const reply = await hands.consent();
      expect(reply.scopes).toEqual([DRIVE, EMAIL, 'openid'].sort());
      expect(reply.expiresInMs).toBeGreaterThan(0);
      expect(reply.expiresInMs).toBeLessThanOrEqual(86_400_000);
      expect(reply.accessToken.reveal()).not.toBe('');
      expect(reply.refreshToken?.reveal()).not.toBe(reply.accessToken.reveal());
      expect(reply.idToken).toBeDefined();
    });

    it('gives no ID token without the scope openid', async () => {
      expect(await hands.consent({ scopes: [DRIVE] })).not.toHaveProperty('idToken');
    });

    it.each(['postmessage', 'https://app.example/callback'])(
      'takes the redirect URI %s',
      async (redirectUri) => {
        expect((await hands.consent({ redirectUri })).kind).toBe('tokens');
      },
    );

    it.each([
      ['', 'postmessage'],
      ['postmessage', ''],
      ['https://app.example/callback', 'https://app.example/other'],
    ])('refuses for a code of "%s" the redirect URI "%s"', async (made, redirectUri) => {
      const exchange = { code: await hands.code({ redirectUri: made }), redirectUri };
      const outcome = await hands.provider.exchangeCode(WEB, exchange);
      expect(outcome).toEqual(refused('redirect_uri_mismatch'));
    });

    it('works once per code', async () => {
      const exchange = { code: await hands.code(), redirectUri: '' };
      tokens(await hands.provider.exchangeCode(WEB, exchange));
      const again = await hands.provider.exchangeCode(WEB, exchange);
      expect(again).toEqual(refused('invalid_grant'));
    });

    it('refuses a code that nobody made', async () => {
      const exchange = { code: new Secret('4/0nobody'), redirectUri: '' };
      const outcome = await hands.provider.exchangeCode(WEB, exchange);
      expect(outcome).toEqual(refused('invalid_grant'));
    });

    it('takes the right code verifier', async () => {
      const exchange = { code: await hands.code({ codeVerifier: VERIFIER }), redirectUri: '' };
      const codeVerifier = new Secret(VERIFIER);
      tokens(await hands.provider.exchangeCode(WEB, { ...exchange, codeVerifier }));
    });

    it.each([
      ['a wrong', new Secret(VERIFIER.toUpperCase())],
      ['no', undefined],
    ])('refuses %s code verifier', async (_, codeVerifier) => {
      const exchange = { code: await hands.code({ codeVerifier: VERIFIER }), redirectUri: '' };
      const sent = codeVerifier === undefined ? exchange : { ...exchange, codeVerifier };
      const outcome = await hands.provider.exchangeCode(WEB, sent);
      expect(outcome).toEqual(refused('invalid_grant'));
    });

    it('refuses the code of another client', async () => {
      const exchange = { code: await hands.code(), redirectUri: '' };
      const outcome = await hands.provider.exchangeCode(OTHER, exchange);
      expect(outcome).toEqual(refused('unauthorized_client'));
    });
  });

  describe('knowing the client', () => {
    const strangers = [
      ['a wrong secret', { ...WEB, clientSecret: new Secret('wrong') }],
      ['an unknown id', { ...WEB, clientId: 'unknown.example' }],
    ] as const;

    it.each(strangers)('refuses %s for a code', async (_, client) => {
      const exchange = { code: await hands.code(), redirectUri: '' };
      const outcome = await hands.provider.exchangeCode(client, exchange);
      expect(outcome).toEqual(refused('invalid_client'));
    });

    it.each(strangers)('refuses %s for a refresh, which ends nothing', async (_, client) => {
      const token = await hands.refreshToken();
      const outcome = await hands.provider.refresh(client, { refreshToken: token });
      expect(outcome).toEqual(refused('invalid_client'));
      tokens(await hands.provider.refresh(WEB, { refreshToken: token }));
    });
  });
}
