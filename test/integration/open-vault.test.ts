import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { StartupProblems } from '../../src/domain/startup-problems.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { openVault, type VaultOptions } from '../../src/vault/open-vault.ts';
import { freshVault, type TestVault } from '../support/openbao.ts';
import { RecordingLogger } from '../support/recording/logger.ts';
import { RecordingMetrics } from '../support/recording/metrics.ts';
import { json, type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts';

const NOBODY = 'http://127.0.0.1:1';

describe('openVault', () => {
  let ready: TestVault;
  let server: ScriptedServer;
  beforeEach(async () => {
    ready = await freshVault({ settings: { boundMs: 1_500, mode: 'strict' } });
    server = await startScriptedServer();
  });
  afterEach(async () => {
    await ready.close();
    await server.close();
  });

  const open = (changes: Partial<VaultOptions>) =>
    openVault(
      { ...ready.options, ...changes },
      {
        clock: systemClock,
        random: systemRandom,
        logger: new RecordingLogger(),
        metrics: new RecordingMetrics(),
      },
    );
  async function problems(changes: Partial<VaultOptions>): Promise<readonly string[]> {
    const error = await open(changes).catch((thrown: unknown) => thrown);
    if (error instanceof StartupProblems) return error.problems;
    throw new Error('it opened');
  }

  it('has the settings that init wrote', () => {
    expect(ready.vault.settings).toEqual({ boundMs: 1_500, mode: 'strict' });
  });

  it('finds the active node among the addresses', async () => {
    server.answer = json(200, { ha_enabled: true, is_self: false, leader_address: '' });
    const addresses = [NOBODY, server.url, ...ready.options.addresses];
    const vault = await open({ addresses });
    expect(await vault.users.read('1')).toEqual({ kind: 'absent', version: 0 });
    expect(new Set(server.requests.map(({ path }) => path))).toEqual(new Set(['/v1/sys/leader']));
    await vault.close();
  });

  it('says of each address why it is not the active node', async () => {
    server.answer = json(200, { ha_enabled: true, is_self: false, leader_address: '' });
    expect(await problems({ addresses: [NOBODY, server.url] })).toEqual([
      expect.stringMatching(/127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\): check the address/),
      expect.stringMatching(/is not the active node: list the addresses of all nodes/),
    ]);
  });

  it('says that a server is sealed', async () => {
    server.answer = json(503, { errors: ['Vault is sealed'] });
    expect(await problems({ addresses: [server.url] })).toEqual([
      expect.stringMatching(/answers 503: check .* unsealed/),
    ]);
  });

  it('says that the token is not accepted', async () => {
    const [problem] = await problems({ auth: { method: 'fixed', token: new Secret('s.unknown') } });
    expect(problem).toMatch(/does not accept the token/);
    expect(problem).not.toContain('s.unknown');
  });

  it('says that a mount is missing', async () => {
    const found = await problems({ mount: 'no-such-mount' });
    expect(found.join()).toContain('no-such-mount');
  });

  it.each(['path-key', 'settings'])('does not start on a broken %s', async (name) => {
    const path = `${ready.mount}/data/${name}`;
    await ready.root.write(path, { data: { record: '{}' }, options: { cas: 1 } });
    expect(await problems({})).toEqual([expect.stringMatching(`${name} cannot be read: restore`)]);
  });
});
