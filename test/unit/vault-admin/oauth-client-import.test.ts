import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { systemClock } from '../../../src/observability/system-clock.ts';
import { importOAuthClient } from '../../../src/vault/admin/oauth-client-import.ts';
import { VaultClient } from '../../../src/vault/vault-client.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';
import { json, type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts';

const STORED = {
  client_id: 'web-client',
  client_secret: 'current',
  code_sources: 'mobile',
  default_code_source: 'mobile',
  redirect_uris: '',
};
/** As `vault kv put` stores them from a JSON file. */
const OF_OPS = { owners: ['team-drive', 'team-mail'], seats: 12, paid: false, note: null };

describe('importing over a record with fields of ops’ own', () => {
  let server: ScriptedServer;
  let client: VaultClient;
  beforeEach(async () => {
    server = await startScriptedServer();
    client = new VaultClient({
      address: server.url,
      token: () => new Secret('s.token'),
      timeoutMs: 5_000,
      metrics: new RecordingMetrics(),
      clock: systemClock,
    });
    server.answer = json(200, {
      data: { data: { ...STORED, ...OF_OPS }, metadata: { version: 3 } },
    });
  });
  afterEach(async () => {
    await client.close();
    await server.close();
  });
  const importSecret = (secret: string) =>
    importOAuthClient(client, {
      configMount: 'c',
      alias: 'default',
      file: JSON.stringify({ web: { client_id: 'web-client', client_secret: secret } }),
    });

  it('keeps them, whatever they are', async () => {
    await importSecret('new');
    expect(JSON.parse(server.requests.at(-1)?.body ?? '')).toEqual({
      data: { ...STORED, ...OF_OPS, client_secret: 'new', previous_client_secret: 'current' },
      options: { cas: 3 },
    });
  });

  it('writes nothing for the file that is there already', async () => {
    expect(await importSecret('current')).toMatchObject({ outcome: 'unchanged', version: 3 });
    expect(server.requests.map(({ method }) => method)).toEqual(['GET']);
  });
});
