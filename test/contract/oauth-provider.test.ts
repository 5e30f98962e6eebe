import { createHash } from 'node:crypto';
import { type MintOptions, startGoogleStandIn } from '../../src/dev/google/stand-in.ts';
import { Secret } from '../../src/domain/secret.ts';
import { GoogleIdTokenVerifier } from '../../src/google/google-id-token-verifier.ts';
import { GoogleProvider } from '../../src/google/google-provider.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { FakeGoogle } from '../support/fakes/fake-google.ts';
import { RecordingLogger } from '../support/recording/logger.ts';
import { RecordingMetrics } from '../support/recording/metrics.ts';
import { SteppedGoogle } from '../support/stepped-google.ts';
import {
  type ContractCode,
  type OAuthProviderSubject,
  OTHER,
  WEB,
} from './oauth-provider/subject.ts';
import { oauthProviderContract } from './oauth-provider.ts';

const CLIENTS = [WEB, OTHER].map(({ clientId, clientSecret, redirectUris }) => ({
  clientId,
  clientSecrets: [clientSecret.reveal()],
  redirectUris: [...redirectUris],
}));

oauthProviderContract('FakeGoogle', async () => {
  const google = new FakeGoogle(systemClock);
  for (const client of CLIENTS) google.addClient(client);
  return {
    provider: google,
    verifier: google,
    mintCode: async ({ consentAgain, ...code }) =>
      google.mintCode({ ...code, ...(consentAgain && { refreshToken: true }) }),
    revokeUser: async (sub) => google.project.revokeUser(sub),
    rotateRefreshTokens: (on) => {
      google.project.rotating = on;
    },
    close: async () => undefined,
  };
});

oauthProviderContract('the simulated Google', async () => {
  const google = new SteppedGoogle();
  for (const client of CLIENTS) google.project.setClient(client);
  return {
    provider: google,
    verifier: google,
    mintCode: async ({ consentAgain, ...code }) =>
      google.project.mintCode({ ...code, ...(consentAgain && { refreshToken: true }) }),
    revokeUser: async (sub) => google.project.revokeUser(sub),
    rotateRefreshTokens: (on) => {
      google.project.rotating = on;
    },
    close: async () => undefined,
  };
});

oauthProviderContract('GoogleProvider before the stand-in', startAdapter);

async function startAdapter(): Promise<OAuthProviderSubject> {
  const standIn = await startGoogleStandIn({ clients: CLIENTS });
  const options = {
    tokenUrl: `${standIn.url}/token`,
    revokeUrl: `${standIn.url}/revoke`,
    certsUrl: `${standIn.url}/oauth2/v1/certs`,
    issuers: ['https://accounts.google.com'],
    requestTimeoutMs: 30_000,
    exchangeTimeoutMs: 30_000,
    signingKeysMaxAgeMs: 86_400_000,
  };
  const metrics = new RecordingMetrics();
  const deps = { clock: systemClock, metrics, logger: new RecordingLogger() };
  const provider = new GoogleProvider(options, deps);
  const verifier = new GoogleIdTokenVerifier(options, deps);
  return {
    provider,
    verifier,
    mintCode: async (code) => new Secret(await standIn.mintCode(mintOptions(code))),
    revokeUser: (sub) => standIn.revokeUser(sub),
    rotateRefreshTokens: (on) => standIn.rotateRefreshTokens(on),
    close: async () => {
      await provider.close();
      await verifier.close();
      await standIn.stop();
    },
  };
}

function mintOptions(code: ContractCode): MintOptions {
  const { clientId, sub, nonce, codeVerifier, redirectUri } = code;
  const source = redirectUri === '' ? 'mobile' : 'redirect';
  return {
    clientId,
    sub,
    scopes: [...code.scopes],
    ...(redirectUri === 'postmessage' ? { source: redirectUri } : { source, redirectUri }),
    ...(nonce !== undefined && { nonce }),
    ...(codeVerifier !== undefined && { codeChallenge: challenge(codeVerifier) }),
    ...(code.consentAgain && { prompt: 'consent' }),
  };
}

/** RFC 7636 section 4.2, method S256. */
function challenge(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
