import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { GoogleIdTokenVerifier } from '../../../src/google/google-id-token-verifier.ts';
import { systemClock } from '../../../src/observability/system-clock.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';
import { json, type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts';
import { optionsFor } from './google-fixture.ts';
import { certsBody, makeSigningKey, type SigningKey, seconds } from './signing-key.ts';

const SUB = '110169484474386276334';

describe('GoogleIdTokenVerifier', () => {
  let known: SigningKey;
  let unknown: SigningKey;
  let impostor: SigningKey;
  let server: ScriptedServer;
  let logger: RecordingLogger;
  let verifier: GoogleIdTokenVerifier;

  beforeAll(async () => {
    known = await makeSigningKey('known');
    unknown = await makeSigningKey('unknown');
    impostor = await makeSigningKey('known');
  });

  beforeEach(async () => {
    server = await startScriptedServer();
    server.answer = json(200, certsBody(known), { 'cache-control': 'max-age=3600' });
    logger = new RecordingLogger();
    const deps = { clock: systemClock, logger, metrics: new RecordingMetrics() };
    verifier = new GoogleIdTokenVerifier(optionsFor(server.url), deps);
  });

  afterEach(async () => {
    await verifier.close();
    await server.close();
  });

  function verify(idToken: string, nonce?: string) {
    const expected = { clientId: 'client.example', ...(nonce !== undefined && { nonce }) };
    return verifier.verify(new Secret(idToken), expected);
  }

  const rejectedFor = (check: string) => ({ level: 'warn', event: 'id_token_rejected', check });

  it('is prepared once keys are at hand', async () => {
    await verifier.prepare();
    expect(server.requests).toHaveLength(1);
    await verify(await known.idToken());
    expect(server.requests).toHaveLength(1);
  });

  it('is not prepared while there are no keys', async () => {
    server.answer = json(503, {});
    await expect(verifier.prepare()).rejects.toMatchObject({ reason: 'PROVIDER_UNAVAILABLE' });
  });

  it('gives the user and the whole profile', async () => {
    const claims = {
      email: 'jo@example.com',
      email_verified: true,
      name: 'Jo Example',
      given_name: 'Jo',
      family_name: 'Example',
      picture: 'https://example.com/jo.png',
      locale: 'en',
      hd: 'example.com',
    };
    expect(await verify(await known.idToken(claims))).toEqual({
      userId: SUB,
      profile: {
        email: 'jo@example.com',
        emailVerified: true,
        name: 'Jo Example',
        givenName: 'Jo',
        familyName: 'Example',
        picture: 'https://example.com/jo.png',
        locale: 'en',
        hostedDomain: 'example.com',
      },
    });
  });

  it('gives the hosted domain in lower case, as the policy has it', async () => {
    const idToken = await known.idToken({ hd: 'Example.COM' });
    expect(await verify(idToken)).toMatchObject({ profile: { hostedDomain: 'example.com' } });
  });

  it('leaves out of the profile what is missing or not of its type', async () => {
    const claims = { email: 7, email_verified: 'true', name: null, locale: ['en'] };
    expect(await verify(await known.idToken(claims))).toEqual({ userId: SUB, profile: {} });
  });

  // Signed or not, the claims are checked alike: an unknown key does not open a back door.
  for (const signer of ['known', 'unknown'] as const) {
    const idToken = (claims = {}) => ({ known, unknown })[signer].idToken(claims);

    describe(`with a key that is ${signer}`, () => {
      it.each([
        ['the usual claims', {}],
        ['the legacy issuer', { iss: 'accounts.google.com' }],
        ['an expiry 4 minutes ago', { iat: seconds(-3_600), exp: seconds(-240) }],
        ['an issue in 4 minutes', { iat: seconds(240) }],
        ['a nonce that nobody expects', { nonce: 'n' }],
        ['a subject of 255 characters', { sub: 'a'.repeat(255) }],
      ])('accepts %s', async (_, claims) => {
        expect(await verify(await idToken(claims))).toMatchObject({ profile: {} });
      });

      it.each([
        ['another issuer', { iss: 'https://accounts.example.com' }],
        ['the issuer of a universe', { iss: 'googleapis.com' }],
        ['no issuer', { iss: undefined }],
        ['another audience', { aud: 'other.example' }],
        ['a list of audiences', { aud: ['client.example'] }],
        ['an expiry 6 minutes ago', { iat: seconds(-3_600), exp: seconds(-360) }],
        ['no expiry', { exp: undefined }],
        ['an expiry in two days', { exp: seconds(2 * 86_400) }],
        ['an issue in 6 minutes', { iat: seconds(360) }],
        ['no issue', { iat: undefined }],
        ['no subject', { sub: undefined }],
        ['an empty subject', { sub: '' }],
        ['a subject of 256 characters', { sub: 'a'.repeat(256) }],
        ['a subject that is not ASCII', { sub: 'ä' }],
        ['a subject with a line end', { sub: '1\n' }],
      ])('refuses %s', async (_, claims) => {
        expect(await verify(await idToken(claims))).toBeUndefined();
      });

      it('compares the nonce', async () => {
        expect(await verify(await idToken({ nonce: 'n' }), 'n')).toMatchObject({ userId: SUB });
        expect(await verify(await idToken({ nonce: 'n' }), 'other')).toBeUndefined();
        expect(await verify(await idToken(), 'n')).toBeUndefined();
        expect(await verify(await idToken({ nonce: '' }), 'n')).toBeUndefined();
      });
    });
  }

  it('refuses a signature of another key with a known id', async () => {
    expect(await verify(await impostor.idToken())).toBeUndefined();
    expect(logger.lines).toEqual([rejectedFor('signature')]);
  });

  it.each([
    ['audience', { aud: 'other.example' }],
    ['issuer', { iss: 'https://accounts.example.com' }],
    ['expiry', { exp: seconds(-3_600) }],
  ])('does not blame the signature for a wrong %s', async (_, claims) => {
    expect(await verify(await known.idToken(claims))).toBeUndefined();
    expect(logger.lines).toEqual([rejectedFor('claims')]);
  });

  it('refuses claims that were changed', async () => {
    const [header, , signature] = (await known.idToken()).split('.');
    const [, payload] = (await known.idToken({ sub: 'another' })).split('.');
    expect(await verify([header, payload, signature].join('.'))).toBeUndefined();
  });

  it('finds a new key by one more fetch', async () => {
    await verifier.prepare();
    server.answer = json(200, certsBody(known, unknown));
    expect(await verify(await unknown.idToken())).toBeDefined();
  });

  it('reports that it let claims decide alone', async () => {
    await verify(await unknown.idToken());
    expect(logger.lines).toEqual([{ level: 'warn', event: 'id_token_key_unknown' }]);
  });

  it.each(['none', 'HS256', 'ES256'])('refuses the algorithm %s, whatever the key', async (alg) => {
    for (const key of [known, unknown]) {
      const header = Buffer.from(JSON.stringify({ alg, kid: key.keyId })).toString('base64url');
      const [, payload, signature] = (await key.idToken()).split('.');
      expect(await verify([header, payload, signature].join('.'))).toBeUndefined();
    }
  });

  it.each([
    ['', 'nothing'],
    ['a.b', 'two segments'],
    ['a.b.c', 'no JSON'],
    ['bnVsbA.bnVsbA.c2ln', 'JSON that is null'],
  ])('refuses %s: %s', async (idToken) => {
    expect(await verify(idToken)).toBeUndefined();
    expect(server.requests).toHaveLength(0);
  });
});
