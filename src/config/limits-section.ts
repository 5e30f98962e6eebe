import type { z } from 'zod';
import { byteSize } from './byte-size.ts';
import { duration } from './duration.ts';
import { wholeNumber } from './scalars.ts';
import { section, withDefault } from './setting.ts';

/** The `limits` section: of the gRPC port first, then of the work behind it. */
export interface LimitsConfig {
  readonly callsInFlight: number;
  readonly requestsPerSecond: number;
  readonly connections: number;
  readonly streamsPerConnection: number;
  readonly connectionAgeMs: number;
  readonly connectionAgeGraceMs: number;
  readonly messageBytes: number;
  readonly metadataBytes: number;
  readonly defaultDeadlineMs: number;
  readonly maxDeadlineMs: number;
  readonly refreshTimeoutMs: number;
  readonly rejectedTokensPerMinute: number;
  readonly exchangesPerMinute: number;
  readonly refreshes: number;
  readonly refreshesWaiting: number;
  readonly heldCommits: number;
  readonly heldForMs: number;
  readonly drainGraceMs: number;
}

export function limitsSection() {
  return section({ ...portKeys(), ...workKeys() })
    .superRefine(checkDeadlines)
    .transform(
      (keys): LimitsConfig => ({
        callsInFlight: keys.calls_in_flight,
        requestsPerSecond: keys.requests_per_second,
        connections: keys.connections,
        streamsPerConnection: keys.streams_per_connection,
        connectionAgeMs: keys.connection_age,
        connectionAgeGraceMs: keys.connection_age_grace,
        messageBytes: keys.message_size,
        metadataBytes: keys.metadata_size,
        defaultDeadlineMs: keys.default_deadline,
        maxDeadlineMs: keys.max_deadline,
        refreshTimeoutMs: keys.refresh_timeout,
        rejectedTokensPerMinute: keys.rejected_tokens_per_minute,
        exchangesPerMinute: keys.exchanges_per_minute,
        refreshes: keys.refreshes,
        refreshesWaiting: keys.refreshes_waiting,
        heldCommits: keys.held_commits,
        heldForMs: keys.held_for,
        drainGraceMs: keys.drain_grace,
      }),
    );
}

function portKeys() {
  return {
    calls_in_flight: withDefault(wholeNumber(1, 1_000_000), {
      default: 20_000,
      doc: 'Calls served at a time; further ones are refused with NOT_READY. Health is not counted.',
      unit: 'calls',
    }),
    requests_per_second: withDefault(wholeNumber(1, 1_000_000), {
      default: 5_000,
      doc: 'Calls of one caller at this replica, where its entry in the policy says nothing else. It may use those of a second at once; further ones are refused with CALLER_RATE_LIMITED.',
      unit: 'calls',
    }),
    connections: withDefault(wholeNumber(1, 100_000), {
      default: 1_000,
      doc: 'Connections of callers at a time; further ones are closed at once.',
      unit: 'connections',
    }),
    streams_per_connection: withDefault(wholeNumber(1, 1_000), {
      default: 100,
      doc: 'Calls at a time on one connection; clients wait with further ones.',
      unit: 'calls',
    }),
    connection_age: withDefault(duration('1m', '1d'), {
      default: '30m',
      doc: 'A connection is asked to end after this, give or take a tenth. So long a caller may go on whose authority is no longer trusted.',
    }),
    connection_age_grace: withDefault(duration('1s', '10m'), {
      default: '30s',
      doc: 'What is still under way on it is cut off so much later.',
    }),
    message_size: withDefault(byteSize('4KiB', '1MiB'), {
      default: '64KiB',
      doc: 'The longest request message, also when decompressed.',
    }),
    metadata_size: withDefault(byteSize('1KiB', '32KiB'), {
      default: '8KiB',
      doc: 'All headers of a call: names, values and 32 bytes for each.',
    }),
    default_deadline: withDefault(duration('100ms', '10m'), {
      default: '10s',
      doc: 'Of calls whose caller sets none.',
    }),
    max_deadline: withDefault(duration('1s', '10m'), {
      default: '60s',
      doc: 'What a longer deadline is cut to.',
    }),
  };
}

function workKeys() {
  return {
    refresh_timeout: withDefault(duration('1s', '2m'), {
      default: '30s',
      doc: 'Getting an access token from Google, Vault included, is given up after this, whoever waits.',
    }),
    rejected_tokens_per_minute: withDefault(wholeNumber(1, 10_000), {
      default: 5,
      doc: 'How often one caller may have the token of one user replaced because Google refused it. Those of a minute may come at once.',
      unit: 'calls',
    }),
    exchanges_per_minute: withDefault(wholeNumber(1, 10_000), {
      default: 30,
      doc: 'Calls of ExchangeCode by one caller for one expected user, repeats included. Those of a minute may come at once.',
      unit: 'calls',
    }),
    refreshes: withDefault(wholeNumber(1, 10_000), {
      default: 64,
      doc: 'Access tokens that are being got from Google at a time, from the read of the record in Vault on. Exchanges of codes have half as many places of their own.',
      unit: 'refreshes',
    }),
    refreshes_waiting: withDefault(wholeNumber(1, 100_000), {
      default: 2_000,
      doc: 'Refreshes that may wait for a place, for each OAuth client and up to three seconds; beyond that, and while Google wants a pause, callers are told when to come back.',
      unit: 'refreshes',
    }),
    held_commits: withDefault(wholeNumber(1, 100_000), {
      default: 1_000,
      doc: 'Refresh tokens that may wait in memory for Vault; beyond that, codes are refused unsent.',
      unit: 'tokens',
    }),
    held_for: withDefault(duration('1s', '1h'), {
      default: '10m',
      doc: 'How long a refresh token waits for Vault before it is given up, with an alert.',
    }),
    drain_grace: withDefault(duration('1s', '1h'), {
      default: '10m',
      doc: 'How long a process that was told to stop waits for calls under way and for refresh tokens that Vault has not taken; then it ends all the same. It waits no longer than it has to.',
    }),
  };
}

function checkDeadlines(
  keys: { readonly default_deadline: number; readonly max_deadline: number },
  context: z.RefinementCtx,
): void {
  if (keys.default_deadline <= keys.max_deadline) return;
  const message = 'must not be longer than max_deadline';
  context.addIssue({ code: 'custom', path: ['default_deadline'], message });
}
