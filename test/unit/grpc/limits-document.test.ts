import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configSections } from '../../../src/config/config-sections.ts';
import { REFLECTION_QUESTIONS, REFLECTION_STREAMS } from '../../../src/grpc/reflection.ts';
import {
  DEFAULT_GRPC_LIMITS,
  type GrpcLimits,
  TRANSPORT_LIMITS,
} from '../../../src/grpc/transport-limits.ts';

const PROJECT = join(import.meta.dirname, '../../..');
const page = readFileSync(join(PROJECT, 'docs/limits.md'), 'utf8');
const configuration = readFileSync(join(PROJECT, 'docs/configuration.md'), 'utf8');

const seconds = (ms: number) => `${ms / 1_000} s`;
const minutes = (ms: number) => `${ms / 60_000} min`;
const kibibytes = (bytes: number) => `${bytes / 1_024} KiB`;

/** How the page begins the row of each limit, and writes its value. */
const FIXED: Readonly<Record<keyof typeof TRANSPORT_LIMITS, readonly [string, string]>> = {
  connectionMegabytes: ['memory that', `${TRANSPORT_LIMITS.connectionMegabytes} MB`],
  connectionIdleMs: ['connection without', minutes(TRANSPORT_LIMITS.connectionIdleMs)],
  handshakeMs: ['TLS handshake', seconds(TRANSPORT_LIMITS.handshakeMs)],
  clientCertificates: ['certificates that', `${TRANSPORT_LIMITS.clientCertificates}`],
};

const LIMITS = DEFAULT_GRPC_LIMITS;

/** Key, value as the page writes it, default as the configuration writes it. */
const CONFIGURED: Readonly<Record<keyof GrpcLimits, readonly [string, string, string]>> = {
  callsInFlight: ['calls_in_flight', `${LIMITS.callsInFlight}`, `${LIMITS.callsInFlight}`],
  requestsPerSecond: [
    'requests_per_second',
    `${LIMITS.requestsPerSecond} a second`,
    `${LIMITS.requestsPerSecond}`,
  ],
  connections: ['connections', `${LIMITS.connections}`, `${LIMITS.connections}`],
  streamsPerConnection: [
    'streams_per_connection',
    `${LIMITS.streamsPerConnection}`,
    `${LIMITS.streamsPerConnection}`,
  ],
  connectionAgeMs: ['connection_age', minutes(LIMITS.connectionAgeMs), '30m'],
  connectionAgeGraceMs: [
    'connection_age_grace',
    `${seconds(LIMITS.connectionAgeGraceMs)} more`,
    '30s',
  ],
  messageBytes: ['message_size', kibibytes(LIMITS.messageBytes), '64KiB'],
  metadataBytes: ['metadata_size', kibibytes(LIMITS.metadataBytes), '8KiB'],
  defaultDeadlineMs: ['default_deadline', seconds(LIMITS.defaultDeadlineMs), '10s'],
  maxDeadlineMs: ['max_deadline', seconds(LIMITS.maxDeadlineMs), '60s'],
};

describe('docs/limits.md', () => {
  it.each(Object.entries(FIXED))('has the value of %s', (_name, [beginning, value]) => {
    const rows = page.split('\n').filter((line) => line.startsWith(`| ${beginning}`));
    expect(rows).toHaveLength(1);
    expect(rows[0]?.split('|')[2]?.trim()).toBe(value);
  });

  it.each(Object.values(CONFIGURED))(
    'has the default of limits.%s, which the configuration has too',
    (name, value, standard) => {
      expect(page).toContain(`| ${value}, \`limits.${name}\` |`);
      expect(configuration).toContain(`| \`limits.${name}\` | \`${standard}\` |`);
    },
  );

  it('has the bounds of reflection', () => {
    expect(page).toContain(`${REFLECTION_STREAMS} streams at a time`);
    expect(page).toContain(`${REFLECTION_QUESTIONS} questions each`);
  });

  it('is held by the schema, whose defaults are those that the server has without configuration', () => {
    const schema = configSections({ readFile: () => '', listFolder: () => [], env: {} }).limits;
    expect(schema.parse({})).toMatchObject(DEFAULT_GRPC_LIMITS);
  });
});
