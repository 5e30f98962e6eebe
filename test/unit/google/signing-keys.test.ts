import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/domain/clock.ts';
import { SigningKeys } from '../../../src/google/signing-keys.ts';
import { BoundedHttp } from '../../../src/http/bounded-http.ts';
import { systemClock } from '../../../src/observability/system-clock.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';
import {
  type Answer,
  drop,
  html,
  json,
  type ScriptedServer,
  silence,
  startScriptedServer,
} from '../../support/scripted-server.ts';
import { certsBody, makeSigningKey, type SigningKey } from './signing-key.ts';

const HOUR_MS = 3_600_000;

describe('SigningKeys', () => {
  let first: SigningKey;
  let second: SigningKey;
  let weak: SigningKey;
  let server: ScriptedServer;
  let http: BoundedHttp;
  let metrics: RecordingMetrics;
  let logger: RecordingLogger;
  let elapsedMs: number;
  let keys: SigningKeys;

  beforeAll(async () => {
    first = await makeSigningKey('first');
    second = await makeSigningKey('second');
    weak = await makeSigningKey('weak', 1024);
  });

  beforeEach(async () => {
    server = await startScriptedServer();
    server.answer = json(200, certsBody(first), { 'cache-control': 'public, max-age=3600' });
    elapsedMs = 0;
    const clock: Clock = { ...systemClock, monotonic: () => elapsedMs };
    metrics = new RecordingMetrics();
    logger = new RecordingLogger();
    const deps = { clock, metrics, logger };
    // Over one connection requests arrive in the order in which they were made.
    http = new BoundedHttp({ connectTimeoutMs: 300, connections: 1 }, deps);
    const options = {
      certsUrl: `${server.url}/oauth2/v1/certs`,
      requestTimeoutMs: 300,
      signingKeysMaxAgeMs: 86_400_000,
    };
    keys = new SigningKeys(options, { ...deps, http });
  });

  afterEach(async () => {
    await http.close();
    await server.close();
  });

  it('are fetched once for all who wait', async () => {
    expect(await Promise.all([1, 2, 3].map(() => keys.ready()))).toEqual([true, true, true]);
    expect(await keys.find('first')).toBe(first.pem);
    expect(server.requests.map((request) => request.path)).toEqual(['/oauth2/v1/certs']);
  });

  it('are fetched once also while the fetch takes long', async () => {
    const held = Promise.withResolvers<void>();
    const answer = server.answer;
    server.answer = (...args) => void held.promise.then(() => answer(...args));
    const early = keys.ready();
    elapsedMs = 2_000;
    const late = keys.ready();
    held.resolve();
    expect(await Promise.all([early, late])).toEqual([true, true]);
    expect(server.requests).toHaveLength(1);
  });

  /** How many fetches have arrived, those in the background too. */
  async function fetches(): Promise<number> {
    const url = `${server.url}/barrier`;
    await http.send({ method: 'GET', url, timeoutMs: 5_000, maxBytes: 10_000 });
    return server.requests.filter((request) => request.path !== '/barrier').length;
  }

  it('are not fetched again within max-age', async () => {
    await keys.ready();
    elapsedMs = HOUR_MS - 30_001;
    expect(await keys.ready()).toBe(true);
    expect(await fetches()).toBe(1);
  });

  it('count no more when they were withdrawn and max-age is over, also where nobody asked meanwhile', async () => {
    await keys.ready();
    server.answer = json(200, certsBody(second));
    elapsedMs = 2 * HOUR_MS;
    expect(await keys.find('first')).toBeUndefined();
    expect(await keys.find('second')).toBe(second.pem);
    expect(await fetches()).toBe(2);
  });

  it('are there before a code is sent: what is found after it was asked for waits for nothing', async () => {
    await keys.ready();
    elapsedMs = 2 * HOUR_MS;
    await keys.ready();
    expect(server.requests).toHaveLength(2);
    server.answer = silence;
    expect(await keys.find('first')).toBe(first.pem);
    expect(server.requests).toHaveLength(2);
  });

  it('are waited for once in an outage, and not at each try', async () => {
    await keys.ready();
    server.answer = silence;
    elapsedMs = 2 * HOUR_MS;
    expect(await keys.ready()).toBe(true);
    const failed = () => metrics.labelsOf('tokenvault_upstream_seconds').length;
    expect(failed()).toBe(2);
    elapsedMs += 30_000;
    expect(await keys.find('first')).toBe(first.pem);
    expect(failed(), 'the next try is under way still').toBe(2);
    await expect.poll(failed).toBe(3);
  });

  it('are fetched again in the background shortly before max-age is over', async () => {
    await keys.ready();
    server.answer = json(200, certsBody(second));
    elapsedMs = HOUR_MS - 30_000;
    expect(await keys.ready()).toBe(true);
    expect(await fetches()).toBe(2);
    expect(await keys.find('second')).toBe(second.pem);
    expect(await fetches()).toBe(2);
  });

  const failures: readonly [string, Answer][] = [
    ['are refused', drop],
    ['do not come', silence],
    ['come with an error', json(503, {})],
    ['come as HTML', html(200)],
    ['are none', json(200, {})],
    ['are a list', json(200, [])],
    ['are not PEM', json(200, { first: 'nonsense' })],
    ['are not text', json(200, { first: { pem: '' } })],
    ['are over 256 KB', json(200, { first: 'x'.repeat(300_000) })],
  ];
  it.each(failures)('stay as they were when the new ones %s', async (_, answer) => {
    await keys.ready();
    server.answer = answer;
    elapsedMs = 2 * HOUR_MS;
    expect(await keys.find('unknown')).toBeUndefined();
    expect(server.requests).toHaveLength(2);
    expect(await keys.ready()).toBe(true);
    expect(await keys.find('first')).toBe(first.pem);
  });

  it('are taken without those that we cannot check with, which are reported', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const elliptic = publicKey.export({ type: 'spki', format: 'pem' });
    const served = {
      ...certsBody(second, weak),
      elliptic,
      nonsense: 'nonsense',
      jwk: { kty: 'EC' },
    };
    server.answer = json(200, served);
    expect(await keys.find('second')).toBe(second.pem);
    for (const keyId of ['weak', 'elliptic', 'nonsense', 'jwk']) {
      expect(await keys.find(keyId)).toBeUndefined();
    }
    expect(logger.lines).toEqual([{ level: 'warn', event: 'google_keys_dropped', dropped: 4 }]);
  });

  it('stay as they were when none of the new ones is sound', async () => {
    await keys.ready();
    server.answer = json(200, certsBody(weak));
    elapsedMs = 2 * HOUR_MS;
    expect(await keys.find('weak')).toBeUndefined();
    expect(await keys.find('first')).toBe(first.pem);
  });

  it('are used for 24 hours after the last success, and no longer', async () => {
    await keys.ready();
    server.answer = json(503, {});
    elapsedMs = 24 * HOUR_MS - 1;
    expect(await keys.ready()).toBe(true);
    elapsedMs = 25 * HOUR_MS;
    expect(await keys.ready()).toBe(false);
    elapsedMs += 1_000;
    expect(await keys.find('first')).toBeUndefined();
  });

  it('are asked for at most once a second while there are none', async () => {
    server.answer = json(503, {});
    expect(await keys.ready()).toBe(false);
    expect(await keys.ready()).toBe(false);
    expect(server.requests).toHaveLength(1);
    server.answer = json(200, certsBody(first));
    elapsedMs += 1_000;
    expect(await keys.ready()).toBe(true);
  });

  it('cost one fetch per 30 seconds for unknown ids', async () => {
    await keys.ready();
    elapsedMs = 30_000;
    server.answer = json(200, certsBody(first, second));
    expect(await Promise.all([keys.find('second'), keys.find('other')])).toEqual([
      second.pem,
      undefined,
    ]);
    expect(server.requests).toHaveLength(2);
    elapsedMs = 59_999;
    expect(await keys.find('other')).toBeUndefined();
    expect(server.requests).toHaveLength(2);
    elapsedMs = 60_000;
    await keys.find('other');
    expect(server.requests).toHaveLength(3);
  });

  it('are not confused by ids that objects inherit', async () => {
    await keys.ready();
    expect(await keys.find('constructor')).toBeUndefined();
    expect(await keys.find('__proto__')).toBeUndefined();
  });

  it('are measured', async () => {
    await keys.ready();
    server.answer = json(503, {});
    elapsedMs = 30_000;
    await keys.find('other');
    expect(metrics.labelsOf('tokenvault_upstream_seconds')).toEqual([
      { target: 'google_certs', outcome: 'ok' },
      { target: 'google_certs', outcome: 'unavailable' },
    ]);
  });
});
