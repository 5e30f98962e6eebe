import { duration } from './duration.ts';
import { wholeNumber } from './scalars.ts';
import { section, withDefault } from './setting.ts';

/** The `cache` section. */
export interface CacheConfig {
  readonly maxTokens: number;
  readonly googleFailuresMs: number;
}

/** The `limits` section. */
export interface LimitsConfig {
  readonly callsInFlight: number;
  readonly connections: number;
  readonly refreshTimeoutMs: number;
  readonly heldCommits: number;
  readonly heldForMs: number;
}

export function cacheSection() {
  return section({
    max_tokens: withDefault(wholeNumber(1, 10_000_000), {
      default: 200_000,
      doc: 'Access tokens kept in memory, about 1 KB each; the least recently used go first.',
    }),
    google_failures: withDefault(duration('0ms', '60s'), {
      default: '5s',
      doc: 'How long a failure of Google is answered without asking Google again.',
    }),
  }).transform(
    (keys): CacheConfig => ({
      maxTokens: keys.max_tokens,
      googleFailuresMs: keys.google_failures,
    }),
  );
}

export function limitsSection() {
  return section({
    calls_in_flight: withDefault(wholeNumber(1, 1_000_000), {
      default: 20_000,
      doc: 'Calls served at a time; further ones are refused with NOT_READY. Health is not counted.',
    }),
    connections: withDefault(wholeNumber(1, 100_000), {
      default: 1_000,
      doc: 'Connections of callers at a time; further ones are closed at once.',
    }),
    refresh_timeout: withDefault(duration('1s', '2m'), {
      default: '30s',
      doc: 'Getting an access token from Google, Vault included, is given up after this, whoever waits.',
    }),
    held_commits: withDefault(wholeNumber(1, 100_000), {
      default: 1_000,
      doc: 'Refresh tokens that may wait in memory for Vault; beyond that, codes are refused unsent.',
    }),
    held_for: withDefault(duration('1s', '1h'), {
      default: '10m',
      doc: 'How long a refresh token waits for Vault before it is given up, with an alert.',
    }),
  }).transform(
    (keys): LimitsConfig => ({
      callsInFlight: keys.calls_in_flight,
      connections: keys.connections,
      refreshTimeoutMs: keys.refresh_timeout,
      heldCommits: keys.held_commits,
      heldForMs: keys.held_for,
    }),
  );
}
