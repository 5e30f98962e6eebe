import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_GRPC_LIMITS, TRANSPORT_LIMITS } from '../../../src/grpc/transport-limits.ts';

const PROJECT = join(import.meta.dirname, '../../..');
const page = readFileSync(join(PROJECT, 'docs/limits.md'), 'utf8');
const configuration = readFileSync(join(PROJECT, 'docs/configuration.md'), 'utf8');

const seconds = (ms: number) => `${ms / 1_000} s`;
const minutes = (ms: number) => `${ms / 60_000} min`;
const kibibytes = (bytes: number) => `${bytes / 1_024} KiB`;

/** How the page begins the row of each limit, and writes its value. */
const ROWS: Readonly<Record<keyof typeof TRANSPORT_LIMITS, readonly [string, string]>> = {
  messageBytes: ['message of a request', kibibytes(TRANSPORT_LIMITS.messageBytes)],
  metadataBytes: ['metadata of a call', kibibytes(TRANSPORT_LIMITS.metadataBytes)],
  defaultDeadlineMs: ['deadline where', seconds(TRANSPORT_LIMITS.defaultDeadlineMs)],
  maxDeadlineMs: ['deadline that', seconds(TRANSPORT_LIMITS.maxDeadlineMs)],
  streamsPerConnection: ['calls at a time', `${TRANSPORT_LIMITS.streamsPerConnection}`],
  connectionMegabytes: ['memory that', `${TRANSPORT_LIMITS.connectionMegabytes} MB`],
  connectionIdleMs: ['connection without', minutes(TRANSPORT_LIMITS.connectionIdleMs)],
  connectionAgeMs: ['age of', minutes(TRANSPORT_LIMITS.connectionAgeMs)],
  connectionAgeGraceMs: ['calls of an aged', seconds(TRANSPORT_LIMITS.connectionAgeGraceMs)],
  handshakeMs: ['TLS handshake', seconds(TRANSPORT_LIMITS.handshakeMs)],
};

describe('docs/limits.md', () => {
  it.each(Object.entries(ROWS))('has the value of %s', (_name, [beginning, value]) => {
    const rows = page.split('\n').filter((line) => line.startsWith(`| ${beginning}`));
    expect(rows).toHaveLength(1);
    expect(rows[0]?.split('|')[2]?.split(',')[0]?.trim()).toMatch(
      new RegExp(`^${value}(?: more)?$`),
    );
  });

  it.each([
    ['limits.calls_in_flight', DEFAULT_GRPC_LIMITS.callsInFlight],
    ['limits.connections', DEFAULT_GRPC_LIMITS.connections],
  ])('has the default of %s, which the configuration has too', (key, value) => {
    expect(page).toContain(`| ${value}, \`${key}\` |`);
    expect(configuration).toContain(`| \`${key}\` | \`${value}\` |`);
  });
});
