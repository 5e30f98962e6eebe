import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { systemClock } from '../../../src/observability/system-clock.ts';
import type { Access } from '../../../src/vault/access.ts';
import { VaultClient } from '../../../src/vault/vault-client.ts';
import { fixedAccess } from '../../support/fixed-access.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';
import { type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts';
import { denied } from './kv-fixture.ts';

describe('Access', () => {
  let server: ScriptedServer;
  let client: VaultClient;
  let logger: RecordingLogger;
  let metrics: RecordingMetrics;
  let access: Access;

  beforeEach(async () => {
    server = await startScriptedServer();
    server.answer = denied;
    logger = new RecordingLogger();
    metrics = new RecordingMetrics();
    access = fixedAccess({ clock: systemClock, logger, metrics });
    const token = () => new Secret('s.token');
    client = new VaultClient({
      address: server.url,
      token,
      timeoutMs: 2_000,
      metrics,
      clock: systemClock,
    });
  });
  afterEach(async () => {
    await client.close();
    await server.close();
  });

  it('asks and pages once for requests that are refused together', async () => {
    const refused = Array.from({ length: 20 }, () => access.denied(client, access.token));
    const failures = await Promise.all(refused);
    expect(new Set(failures.map((failure) => Object(failure).reason))).toEqual(
      new Set(['STORE_ACCESS_LOST']),
    );
    expect(server.requests.map(({ path }) => path)).toEqual(['/v1/auth/token/lookup-self']);
    expect(logger.lines).toHaveLength(1);
    expect(metrics.labelsOf('tokenvault_alerts_total')).toEqual([{ alert: 'store_access_lost' }]);
  });

  it('asks again for a later one, because the token may be another by then', async () => {
    await access.denied(client, access.token);
    await access.denied(client, access.token);
    expect(server.requests).toHaveLength(2);
  });
});
