import type { GoogleConfig } from '../config/google-section.ts';
import type { Clock } from '../domain/clock.ts';
import { NO_METRICS } from '../domain/metrics.ts';
import type { ClientCredentials, CredentialsVerdict } from '../domain/oauth-provider.ts';
import { GoogleProvider } from '../google/google-provider.ts';
import { BoundedHttp } from '../http/bounded-http.ts';
import { TransportFault } from '../http/transport-fault.ts';
import { aheadOf } from './clock-offset.ts';

/** What came back from one of Google's endpoints. */
export type Reached =
  | { readonly response: Response; readonly aheadMs: number | undefined }
  | { readonly code: string };

const LONGEST_REQUEST_MS = 5_000;
const MAX_REPLY_BYTES = 256 * 1024;

/** Google as the service reaches it. */
export class GoogleSurvey {
  readonly #config: GoogleConfig;
  readonly #clock: Clock;
  readonly #http: BoundedHttp;
  readonly #provider: GoogleProvider;
  #certs: Promise<Reached> | undefined;

  constructor(config: GoogleConfig, clock: Clock) {
    const requestTimeoutMs = Math.min(config.requestTimeoutMs, LONGEST_REQUEST_MS);
    this.#config = { ...config, requestTimeoutMs };
    this.#clock = clock;
    this.#http = new BoundedHttp({ connectTimeoutMs: requestTimeoutMs }, { clock });
    this.#provider = new GoogleProvider(this.#config, { metrics: NO_METRICS, clock });
  }

  /** The answer with the keys of ID tokens; its body can be read once, by whoever checks the keys. */
  certs(): Promise<Reached> {
    this.#certs ??= this.reach(this.#config.certsUrl);
    return this.#certs;
  }

  /** Asks for a page with nothing in the request. */
  async reach(url: string): Promise<Reached> {
    const before = this.#clock.now();
    try {
      const response = await this.#http.send({
        method: 'GET',
        url,
        headers: { accept: 'application/json' },
        timeoutMs: this.#config.requestTimeoutMs,
        maxBytes: MAX_REPLY_BYTES,
      });
      const date = Date.parse(response.headers.get('date') ?? '');
      const middle = (before + this.#clock.now()) / 2;
      return { response, aheadMs: Number.isNaN(date) ? undefined : aheadOf(date, middle) };
    } catch (error) {
      if (!(error instanceof TransportFault)) throw error;
      return { code: error.code };
    }
  }

  /** Whether Google takes this client's secret. It costs nobody a token. */
  acceptance(credentials: ClientCredentials): Promise<CredentialsVerdict> {
    return this.#provider.probe(credentials);
  }

  async close(): Promise<void> {
    await Promise.all([this.#http.close(), this.#provider.close()]);
  }
}
