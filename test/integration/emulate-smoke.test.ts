import { createEmulator, type Emulator } from 'emulate';
import { OAuth2Client } from 'google-auth-library';
import { google } from 'googleapis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TokenOutcome, TokenReply } from '../../src/domain/oauth-provider.ts';
import { Secret } from '../../src/domain/secret.ts';
import { GoogleProvider } from '../../src/google/google-provider.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { RecordingMetrics } from '../support/recording/metrics.ts';

// A Google by other authors, so that not every peer shares our assumptions. It is lax about
// revocation, scopes and redirect URIs; what it accepts there proves nothing, so nothing is asserted.

const EMAIL = 'user@example.com';
const CLIENT = {
  clientId: 'smoke.apps.googleusercontent.com',
  clientSecret: new Secret('GOCSPX-smoke'),
};
const REDIRECT_URI = 'http://127.0.0.1:9/callback';

let emulator: Emulator;
let provider: GoogleProvider;

beforeAll(async () => {
  emulator = await createEmulator({
    service: 'google',
    port: 0,
    seed: {
      google: {
        users: [{ email: EMAIL, name: 'Example User' }],
        oauth_clients: [
          {
            client_id: CLIENT.clientId,
            client_secret: CLIENT.clientSecret.reveal(),
            redirect_uris: [REDIRECT_URI],
          },
        ],
        drive_items: [
          { id: 'drv_notes', user_email: EMAIL, name: 'notes.txt', mime_type: 'text/plain' },
        ],
      },
    },
  });
  const url = emulator.url;
  provider = new GoogleProvider(
    {
      tokenUrl: `${url}/oauth2/token`,
      revokeUrl: `${url}/oauth2/revoke`,
      certsUrl: `${url}/oauth2/v3/certs`,
      issuers: [url],
      requestTimeoutMs: 30_000,
      exchangeTimeoutMs: 30_000,
      signingKeysMaxAgeMs: 86_400_000,
    },
    { metrics: new RecordingMetrics(), clock: systemClock },
  );
});

afterAll(async () => {
  await provider?.close();
  await emulator?.close();
});

it('exchanges a code, refreshes, and opens Drive at an independent Google', async () => {
  const exchanged = tokensOf(
    await provider.exchangeCode(CLIENT, { code: await signIn(), redirectUri: REDIRECT_URI }),
  );
  expect(exchanged.expiresInMs).toBeGreaterThan(0);
  expect(exchanged.idToken).toBeInstanceOf(Secret);

  const refreshToken = exchanged.refreshToken ?? new Secret('none came');
  const refreshed = tokensOf(await provider.refresh(CLIENT, { refreshToken }));

  const auth = new OAuth2Client();
  auth.setCredentials({ access_token: refreshed.accessToken.reveal() });
  const drive = google.drive({ version: 'v3', auth, rootUrl: emulator.url });
  const { data } = await drive.files.list();
  expect(data.files?.map(({ name }) => name)).toContain('notes.txt');
});

it('is refused what that Google does not know', async () => {
  const code = new Secret('made-up');
  expect(await provider.exchangeCode(CLIENT, { code, redirectUri: REDIRECT_URI })).toEqual({
    kind: 'refused',
    cause: 'invalid_grant',
  });
  const impostor = { ...CLIENT, clientSecret: new Secret('wrong') };
  expect(await provider.refresh(impostor, { refreshToken: code })).toEqual({
    kind: 'refused',
    cause: 'invalid_client',
  });
});

/** What its sign-in page posts when the user picks an account. */
async function signIn(): Promise<Secret> {
  const form = {
    email: EMAIL,
    redirect_uri: REDIRECT_URI,
    scope: 'openid email https://www.googleapis.com/auth/drive.readonly',
    client_id: CLIENT.clientId,
  };
  const response = await fetch(`${emulator.url}/o/oauth2/v2/auth/callback`, {
    method: 'POST',
    body: new URLSearchParams(form),
    redirect: 'manual',
  });
  const back = new URL(response.headers.get('location') ?? '');
  return new Secret(back.searchParams.get('code') ?? '');
}

function tokensOf(outcome: TokenOutcome): TokenReply {
  if (outcome.kind !== 'tokens') throw new Error(`No tokens, but ${JSON.stringify(outcome)}.`);
  return outcome;
}
