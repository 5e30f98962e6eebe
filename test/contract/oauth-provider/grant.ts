import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { DRIVE, EMAIL, type Hands, present, refused, tokens } from './hands.ts';
import { OTHER, WEB } from './subject.ts';

const CALENDAR = 'https://www.googleapis.com/auth/calendar.readonly';

/** Refresh tokens, from their making to their end. */
export function grantContract(hands: Hands): void {
  describe('giving refresh tokens', () => {
    it('gives none at a second consent that the user did not see', async () => {
      await hands.consent();
      expect(await hands.consent()).not.toHaveProperty('refreshToken');
    });

    it('gives another one when the user consents again, and the first one stays', async () => {
      const first = await hands.refreshToken();
      const second = await hands.refreshToken({ consentAgain: true });
      expect(second.reveal()).not.toBe(first.reveal());
      tokens(await hands.provider.refresh(WEB, { refreshToken: first }));
    });

    it('gives one per client', async () => {
      await hands.refreshToken();
      await hands.refreshToken({ clientId: OTHER.clientId });
    });

    it('gives one again after the user was revoked', async () => {
      await hands.consent();
      await hands.subject.revokeUser('jo');
      await hands.refreshToken();
    });
  });

  describe('refreshing', () => {
    it('gives all scopes that were granted', async () => {
      const reply = await hands.provider.refresh(WEB, { refreshToken: await hands.refreshToken() });
      expect(tokens(reply).scopes).toEqual([DRIVE, EMAIL, 'openid'].sort());
    });

    it('gives fewer scopes where fewer are asked for', async () => {
      const request = { refreshToken: await hands.refreshToken(), scopes: [EMAIL] };
      expect(tokens(await hands.provider.refresh(WEB, request)).scopes).toEqual([EMAIL]);
      const whole = await hands.provider.refresh(WEB, { refreshToken: request.refreshToken });
      expect(tokens(whole).scopes).toContain(DRIVE);
    });

    it('refuses a scope that was not granted', async () => {
      const request = { refreshToken: await hands.refreshToken(), scopes: [CALENDAR] };
      const outcome = await hands.provider.refresh(WEB, request);
      expect(outcome).toEqual(refused('invalid_scope'));
    });

    it('gives another access token each time', async () => {
      const request = { refreshToken: await hands.refreshToken() };
      const one = tokens(await hands.provider.refresh(WEB, request));
      const other = tokens(await hands.provider.refresh(WEB, request));
      expect(one.accessToken.reveal()).not.toBe(other.accessToken.reveal());
      expect(one).not.toHaveProperty('refreshToken');
    });

    it('refuses a token that nobody made', async () => {
      const request = { refreshToken: new Secret('1//nobody') };
      expect(await hands.provider.refresh(WEB, request)).toEqual(refused('invalid_grant'));
    });

    it('refuses the token of another client, which ends nothing', async () => {
      const request = { refreshToken: await hands.refreshToken() };
      const outcome = await hands.provider.refresh(OTHER, request);
      expect(outcome).toEqual(refused('unauthorized_client'));
      tokens(await hands.provider.refresh(WEB, request));
    });

    it('replaces the refresh token where the provider rotates', async () => {
      const first = await hands.refreshToken();
      hands.subject.rotateRefreshTokens(true);
      const rotated = tokens(await hands.provider.refresh(WEB, { refreshToken: first }));
      const second = present(rotated.refreshToken);
      expect(second.reveal()).not.toBe(first.reveal());
      const next = tokens(await hands.provider.refresh(WEB, { refreshToken: second }));
      expect(next.scopes).toContain(DRIVE);
    });
  });

  describe('asking whether it accepts a client', () => {
    const { clientId, clientSecret } = WEB;

    it('accepts its secret', async () => {
      expect(await hands.provider.probe({ clientId, clientSecret })).toBe('accepted');
    });

    it('rejects another secret, and a client that it does not know', async () => {
      const { provider } = hands;
      expect(await provider.probe({ clientId, clientSecret: OTHER.clientSecret })).toBe('rejected');
      const unknown = { clientId: 'nobody.example', clientSecret };
      expect(await provider.probe(unknown)).toBe('rejected');
    });

    it('says the same each time, and touches no grant', async () => {
      const refreshToken = await hands.refreshToken();
      hands.subject.rotateRefreshTokens(true);
      await hands.provider.probe({ clientId, clientSecret });
      expect(await hands.provider.probe({ clientId, clientSecret })).toBe('accepted');
      tokens(await hands.provider.refresh(WEB, { refreshToken }));
    });
  });

  describe('revoking', () => {
    it('ends the tokens of the user at all clients of the project', async () => {
      const web = await hands.refreshToken();
      const other = await hands.refreshToken({ clientId: OTHER.clientId });
      expect(await hands.provider.revoke(web)).toBe('revoked');
      const outcomes = [
        await hands.provider.refresh(WEB, { refreshToken: web }),
        await hands.provider.refresh(OTHER, { refreshToken: other }),
      ];
      expect(outcomes).toEqual([refused('invalid_grant'), refused('invalid_grant')]);
    });

    it('leaves other users alone', async () => {
      const another = await hands.refreshToken({ sub: 'alex' });
      await hands.provider.revoke(await hands.refreshToken());
      tokens(await hands.provider.refresh(WEB, { refreshToken: another }));
    });

    it('is done also when it was done before, or there is nothing to end', async () => {
      const token = await hands.refreshToken();
      await hands.provider.revoke(token);
      expect(await hands.provider.revoke(token)).toBe('revoked');
      expect(await hands.provider.revoke(new Secret('1//nobody'))).toBe('revoked');
    });

    it('by the user ends the tokens too', async () => {
      const token = await hands.refreshToken();
      await hands.subject.revokeUser('jo');
      const outcome = await hands.provider.refresh(WEB, { refreshToken: token });
      expect(outcome).toEqual(refused('invalid_grant'));
    });
  });
}
