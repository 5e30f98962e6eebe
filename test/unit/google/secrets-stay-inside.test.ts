import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { GoogleIdTokenVerifier } from '../../../src/google/google-id-token-verifier.ts';
import { systemClock } from '../../../src/observability/system-clock.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { type Answer, drop, html, json } from '../../support/scripted-server.ts';
import {
  type GoogleFixture,
  optionsFor,
  startGoogleFixture,
  tokensBody,
} from './google-fixture.ts';
import { certsBody, makeSigningKey } from './signing-key.ts';

/** Stands in everything that must not be printed. */
const PLANT = 'pLaNtEd';
const client = { clientId: 'client.example', clientSecret: new Secret(`${PLANT}-secret`) };
const planted = {
  access_token: `${PLANT}-access`,
  refresh_token: `${PLANT}-refresh`,
  id_token: `${PLANT}.id.token`,
};

function printed(value: unknown): string {
  const shown = inspect(value, { depth: 20, showHidden: true, getters: true });
  const own = typeof value === 'object' && value !== null ? Object.getOwnPropertyNames(value) : [];
  return `${shown} ${JSON.stringify(value)} ${JSON.stringify(value, own)} ${String(value)}`;
}

// Guards I13: no secret leaves through a value, an error, a log line or a metric.
describe('secrets of a request to Google and of its answer', () => {
  let google: GoogleFixture;
  let logger: RecordingLogger;
  let verifier: GoogleIdTokenVerifier;

  beforeEach(async () => {
    google = await startGoogleFixture();
    logger = new RecordingLogger();
    const deps = { clock: systemClock, logger, metrics: google.metrics };
    verifier = new GoogleIdTokenVerifier(optionsFor(google.server.url), deps);
  });

  afterEach(async () => {
    await verifier.close();
    await google.close();
  });

  const description = `${PLANT} ${'description'}`;
  const answers: readonly [string, Answer][] = [
    ['tokens', json(200, tokensBody(planted))],
    ['tokens with a bad life', json(200, tokensBody({ ...planted, expires_in: -5 }))],
    ['tokens of no type', json(200, tokensBody({ ...planted, token_type: undefined }))],
    ['tokens cut off', json(200, JSON.stringify(tokensBody(planted)).slice(0, -1))],
    ['tokens with a bad status', json(201, tokensBody(planted))],
    ['a refusal', json(400, { error: 'invalid_grant', error_description: description })],
    ['an unknown refusal', json(400, { error: PLANT, error_subtype: PLANT })],
    ['a refusal in a header', json(401, {}, { 'www-authenticate': `Bearer error="${PLANT}"` })],
    ['HTML', html(403, { 'x-planted': PLANT })],
    ['a redirect', json(307, {}, { location: `/?${PLANT}` })],
    ['a broken connection', drop],
  ];
  it.each(answers)('are not printed with %s', async (_, answer) => {
    google.server.answer = answer;
    const token = new Secret(`${PLANT}-token`);
    const settled = await Promise.allSettled([
      google.provider.exchangeCode(client, {
        code: token,
        redirectUri: '',
        codeVerifier: new Secret(`${PLANT}-verifier`),
      }),
      google.provider.refresh(client, { refreshToken: token }),
      google.provider.revoke(token),
    ]);
    expect(google.server.requests.map((request) => request.body)).toEqual(
      Array.from({ length: 3 }, () => expect.stringContaining(PLANT)),
    );
    expect(settled.map((one) => one.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    for (const one of [...settled, google.provider, google.metrics]) {
      expect(printed(one)).not.toContain(PLANT);
    }
  });

  it('are not printed when nothing could be sent', async () => {
    await google.server.close();
    const token = new Secret(`${PLANT}-token`);
    const outcome = await google.provider.refresh(client, { refreshToken: token });
    expect(printed(outcome)).not.toContain(PLANT);
  });

  it('are not printed when an ID token is refused', async () => {
    const [key, impostor] = [await makeSigningKey('key'), await makeSigningKey('key')];
    google.server.answer = json(200, certsBody(key));
    const tokens = [
      `${PLANT}.${PLANT}`,
      `${PLANT}.${PLANT}.${PLANT}`,
      await impostor.idToken({ email: PLANT }),
      await key.idToken({ iss: PLANT }),
      await key.idToken({ sub: 'ä', email: PLANT }),
    ];
    for (const idToken of tokens) {
      const expected = { clientId: 'client.example' };
      expect(await verifier.verify(new Secret(idToken), expected)).toBeUndefined();
    }
    expect(logger.lines).toHaveLength(tokens.length);
    const all = printed([logger.lines, verifier, google.metrics]);
    for (const secret of [PLANT, ...tokens]) expect(all).not.toContain(secret);
  });
});
