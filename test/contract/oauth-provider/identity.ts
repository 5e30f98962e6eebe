import { describe, expect, it } from 'vitest';
import { type Hands, present } from './hands.ts';
import { OTHER, WEB } from './subject.ts';

/** ID tokens, and what is accepted as one. */
export function identityContract(hands: Hands): void {
  describe('naming the user', () => {
    const clientId = WEB.clientId;

    it('can be checked once it is prepared', async () => {
      await hands.verifier.prepare();
      const idToken = present((await hands.consent()).idToken);
      const identity = await hands.verifier.verify(idToken, { clientId });
      expect(identity?.userId).toBe('jo');
      expect(identity?.profile.email).toContain('@');
    });

    it('compares nonce and audience', async () => {
      const idToken = present((await hands.consent({ nonce: 'the nonce' })).idToken);
      const verify = (expected: { clientId: string; nonce?: string }) =>
        hands.verifier.verify(idToken, expected);
      expect(await verify({ clientId, nonce: 'the nonce' })).toBeDefined();
      expect(await verify({ clientId, nonce: 'another' })).toBeUndefined();
      expect(await verify({ clientId: OTHER.clientId, nonce: 'the nonce' })).toBeUndefined();
    });

    it('refuses an ID token without the nonce', async () => {
      const idToken = present((await hands.consent()).idToken);
      expect(await hands.verifier.verify(idToken, { clientId, nonce: 'n' })).toBeUndefined();
    });

    it('refuses what is no ID token', async () => {
      const { accessToken } = await hands.consent();
      expect(await hands.verifier.verify(accessToken, { clientId })).toBeUndefined();
    });
  });
}
