import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TokenVaultConnection } from '../../src/client/connect.ts';
import { type Gateway, startGateway } from '../../src/gateway/server.ts';
import { type StartedTraces, startTraces } from '../../src/observability/otel-exporter.ts';
import { createLogger } from '../../src/observability/pino-logger.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { LeakyFlows } from '../support/leaky-flows.ts';
import { RawCalls } from '../support/raw-calls.ts';
import { RecordingMetrics } from '../support/recording/metrics.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';
import { secretForms, secretsFoundIn } from '../support/secret-forms.ts';
import { TraceCollector } from '../support/trace-collector.ts';
import { WireTap } from '../support/wire-tap.ts';

describe('a planted secret, in a run with failures of every kind at debug level', () => {
  let world: AppWorld;
  let vaultTap: WireTap;
  let app: RunningApp;
  let raw: RawCalls;
  let gateway: Gateway;
  let connection: TokenVaultConnection;
  const gatewayLog: string[] = [];
  const printed: string[] = [];
  let collector: TraceCollector;
  const tracing: StartedTraces[] = [];
  let planted: ReadonlyMap<string, string>;
  let bodies: readonly string[];

  beforeAll(async () => {
    for (const stream of [process.stdout, process.stderr]) {
      const write = stream.write.bind(stream);
      vi.spyOn(stream, 'write').mockImplementation((chunk) => {
        printed.push(String(chunk));
        return write(chunk);
      });
    }
    world = await startWorld();
    vaultTap = await WireTap.start(world.server.address);
    const set = { 'vault.addresses': vaultTap.url, 'cache.google_failures': '0ms' };
    collector = await TraceCollector.start();
    for (const serviceName of ['tokenvault', 'tokenvault-gateway']) {
      const options = { otlpEndpoint: collector.url, sampleOneIn: 1 };
      const deps = { clock: systemClock, random: systemRandom, metrics: new RecordingMetrics() };
      tracing.push(startTraces({ ...options, serviceName }, deps));
    }
    const [ofService, ofGateway] = tracing;
    app = await startRunningApp(world, { set, ...(ofService && { tracing: ofService }) });
    raw = new RawCalls(world, app.port);
    const { certFile, keyFile } = world.certificates.gatewayServer;
    const tls = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
    const stream = { write: (line: string) => void gatewayLog.push(line) };
    connection = app.connectAs('gateway');
    gateway = await startGateway(
      { address: 'localhost:0', tls },
      {
        connection,
        logger: createLogger({ level: 'debug', stream }),
        metrics: new RecordingMetrics(),
        clock: systemClock,
        random: systemRandom,
        traces: ofGateway?.traces,
      },
    );
    const flows = new LeakyFlows({ world, vaultTap, app, raw, gateway });
    await flows.run();
    ({ planted, bodies } = flows);
    await Promise.all(tracing.map((one) => one.close()));
  }, 60_000);
  afterAll(async () => {
    vi.restoreAllMocks();
    await gateway?.stop();
    connection?.close();
    raw?.close();
    await app?.stop();
    await vaultTap?.close();
    await world?.close();
    await collector?.close();
  });

  it('the run did fail in every way, and secrets of every kind were under way', async () => {
    const kinds = new Set([...planted.values()].map((what) => what.replace(/ of .*/, '')));
    expect([...kinds].sort()).toEqual([
      'access token',
      'client secret',
      'code',
      'code verifier',
      'id token',
      'path key',
      'private TLS key',
      'refresh token',
      'root token',
      'service token',
    ]);
    const log = app.logged.join('');
    for (const reason of [
      'PROVIDER_UNAVAILABLE',
      'EXCHANGE_OUTCOME_UNKNOWN',
      'EXCHANGE_IN_PROGRESS',
      'CODE_REJECTED',
      'STORE_UNAVAILABLE',
      'STORE_ACCESS_LOST',
      'STORED_RECORD_CORRUPT',
      'FIELD_INVALID',
    ]) {
      expect(log).toContain(reason);
    }
    expect(bodies.length).toBeGreaterThan(10);
    // What looks for secrets does find them.
    expect(secretsFoundIn(vaultTap.transcript(), planted)).not.toEqual([]);
    for (const [secret] of planted) {
      for (const form of Object.values(secretForms(secret))) expect(form).toMatch(/.{12}/s);
    }
  });

  it('is in no log line', () => {
    expect(secretsFoundIn(app.logged.join('\n'), planted)).toEqual([]);
    expect(secretsFoundIn(gatewayLog.join('\n'), planted)).toEqual([]);
  });

  it('is in nothing that the process prints', () => {
    expect(secretsFoundIn(printed.join('\n'), planted)).toEqual([]);
  });

  it('is in no status, detail or trailer, and in no answer but the one that is for it', () => {
    expect(raw.received.length).toBeGreaterThan(50);
    expect(secretsFoundIn(raw.received.join('\n'), planted)).toEqual([]);
  });

  it('is in no answer of the gateway', () => {
    expect(secretsFoundIn(bodies.join('\n'), planted)).toEqual([]);
  });

  it('is in no trace, of which there are some of every kind', () => {
    const { spans, received } = collector;
    const names = new Set(spans.map(({ name }) => name));
    for (const name of [
      'POST /v1/google/code',
      'tokenvault.v1.TokenVault/ExchangeCode',
      'tokenvault.v1.TokenVault/GetAccessToken',
      'tokenvault.v1.TokenVault/RevokeUser',
      'tokenvault.v1.TokenVault/GetUser',
      'google_token exchange',
      'google_token refresh',
      'google_revoke',
      'vault read users',
      'vault write users',
      'vault write exchanges',
      'vault write revocations',
    ]) {
      expect([...names]).toContain(name);
    }
    expect([...names].filter((name) => /other/.test(name))).toEqual([]);
    expect(spans.filter(({ status }) => status.code === 2).length).toBeGreaterThan(20);
    expect(spans.every(({ events, status }) => events.length === 0 && !status.message)).toBe(true);
    expect(secretsFoundIn(received, planted)).toEqual([]);
    const users = ['google-0', 'vault-0', 'write-0', 'corrupt'];
    expect(users.filter((user) => received.includes(`"${user}"`))).toEqual([]);
  });

  it('is in no metric', async () => {
    const text = await app.metrics.text();
    expect(text).toContain('tokenvault_rpc_total');
    expect(secretsFoundIn(text, planted)).toEqual([]);
  });
});
