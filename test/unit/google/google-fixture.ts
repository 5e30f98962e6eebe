import { Secret } from '../../../src/domain/secret.ts';
import type { GoogleOptions } from '../../../src/google/google-options.ts';
import { GoogleProvider } from '../../../src/google/google-provider.ts';
import { systemClock } from '../../../src/observability/system-clock.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';
import { type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts';

export const CLIENT = { clientId: 'client.example', clientSecret: new Secret('the client secret') };

/** What a healthy token endpoint answers, with changes. */
export function tokensBody(changes: Readonly<Record<string, unknown>> = {}): object {
  return { access_token: 'ya29.a', token_type: 'Bearer', expires_in: 3599, ...changes };
}

export interface Timeouts {
  readonly requestTimeoutMs: number;
  readonly exchangeTimeoutMs: number;
}

/** Longer than a loaded machine ever takes. */
const PATIENT: Timeouts = { requestTimeoutMs: 30_000, exchangeTimeoutMs: 30_000 };

export function optionsFor(url: string, timeouts: Timeouts = PATIENT): GoogleOptions {
  return {
    tokenUrl: `${url}/token`,
    revokeUrl: `${url}/revoke`,
    certsUrl: `${url}/oauth2/v1/certs`,
    issuers: ['https://accounts.google.com', 'accounts.google.com'],
    signingKeysMaxAgeMs: 86_400_000,
    ...timeouts,
  };
}

/** The adapter before a server that the test scripts. */
export interface GoogleFixture {
  readonly server: ScriptedServer;
  readonly provider: GoogleProvider;
  readonly metrics: RecordingMetrics;
  close(): Promise<void>;
}

export async function startGoogleFixture(timeouts?: Timeouts): Promise<GoogleFixture> {
  const server = await startScriptedServer();
  const metrics = new RecordingMetrics();
  const options = optionsFor(server.url, timeouts);
  const provider = new GoogleProvider(options, { metrics, clock: systemClock });
  return {
    server,
    provider,
    metrics,
    close: async () => {
      await provider.close();
      await server.close();
    },
  };
}
