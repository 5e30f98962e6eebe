import type { Clock } from '../domain/clock.ts';
import type { FailingDependency, ReplicaStatus } from '../domain/replica-status.ts';
import type { RevocationSettings } from '../domain/revocation-store.ts';
import type { AccessTokenCache } from './access-token-cache.ts';
import type { GoogleGate } from './google-gate.ts';
import type { RevocationLogReader } from './revocation-log-reader.ts';
import type { RevocationView } from './revocation-view.ts';
import type { TokenFlights } from './token-flights.ts';
import type { WatchedProvider } from './watched-provider.ts';

export interface ReplicaMonitorDeps {
  readonly clock: Clock;
  readonly settings: RevocationSettings;
}

export interface ReplicaMonitorParts {
  readonly view: RevocationView;
  readonly reader: Pick<RevocationLogReader, 'failing'>;
  readonly provider: Pick<WatchedProvider, 'failing'>;
  readonly cache: Pick<AccessTokenCache, 'size'>;
  readonly flights: Pick<TokenFlights, 'size'>;
  readonly googleGate: Pick<GoogleGate, 'pauses'>;
}

/** Says how the replica is, from what it knows already: asking costs no request. */
export class ReplicaMonitor {
  readonly #deps: ReplicaMonitorDeps;
  readonly #parts: ReplicaMonitorParts;

  constructor(deps: ReplicaMonitorDeps, parts: ReplicaMonitorParts) {
    this.#deps = deps;
    this.#parts = parts;
  }

  status(): ReplicaStatus {
    const { view, provider, cache, flights, googleGate } = this.#parts;
    const { mode, boundMs } = this.#deps.settings;
    const logAgeMs = view.ageMs();
    const failing = [this.#vault(logAgeMs), provider.failing];
    return {
      failing: failing.filter((dependency) => dependency !== undefined),
      servesTokens: mode === 'available' || logAgeMs <= boundMs,
      logAgeMs,
      cachedTokens: cache.size,
      refreshesInFlight: flights.size,
      googlePauses: googleGate.pauses,
    };
  }

  /** Vault is asked twice a second in any case. It may also answer and yet confirm nothing. */
  #vault(logAgeMs: number): FailingDependency | undefined {
    const { reader } = this.#parts;
    if (reader.failing !== undefined) return { name: 'vault', ...reader.failing };
    if (logAgeMs <= this.#deps.settings.boundMs || logAgeMs === Infinity) return undefined;
    const since = this.#deps.clock.now() - logAgeMs;
    const detail = 'no reading of the revocation log was confirmed';
    return { name: 'vault', cause: 'no_active_node', since, detail };
  }
}
