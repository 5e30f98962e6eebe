import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StartupProblems } from '../../src/domain/startup-problems.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { initVault } from '../../src/vault/admin/init.ts';
import { auditorPolicy, opsPolicy } from '../../src/vault/admin/policies.ts';
import { readStoredKeys } from '../../src/vault/admin/stored-keys.ts';
import { AUDIT_KEY_PATH } from '../../src/vault/key-record.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import type { VaultClient } from '../../src/vault/vault-client.ts';
import { freshVault, type TestVault } from '../support/openbao.ts';
import { clientWith, tokenWith } from '../support/service-token.ts';

let setup: TestVault;

const readAuditKeys = (client: VaultClient, configMount: string) =>
  readStoredKeys(client, { configMount, key: AUDIT_KEY_PATH });

beforeAll(async () => {
  setup = await freshVault();
});
afterAll(() => setup?.close());

/** As `vault kv put` writes it. */
function put(data: object): Promise<unknown> {
  return setup.root.write(`${setup.configMount}/data/audit-key`, { data });
}

function open() {
  const { options, logger, metrics } = setup;
  const deps = { clock: systemClock, random: systemRandom, logger, metrics };
  return openVault({ ...options, audit: true }, deps);
}

describe('the key of the audit', () => {
  it('is read by the service, and by no service without an audit', async () => {
    const vault = await open();
    const [key] = await readAuditKeys(setup.root, setup.configMount);
    expect(vault.auditKey?.current?.reveal()).toBe(key?.reveal());
    expect(key?.reveal()).toMatch(/^[\w-]{43}$/);
    expect(setup.vault.auditKey).toBeUndefined();
    await vault.close();
  });

  it('is read by an auditor, from before a rotation too, and by no operator', async () => {
    const [first] = await readAuditKeys(setup.root, setup.configMount);
    const second = Buffer.alloc(32, 3).toString('base64');
    await put({ key: second });
    const auditor = clientWith(await tokenWith(setup.root, auditorPolicy(setup)));
    const ops = clientWith(await tokenWith(setup.root, opsPolicy(setup)));
    const keys = await readAuditKeys(auditor, setup.configMount);
    expect(keys.map((key) => key.reveal())).toEqual([second, first?.reveal()]);
    await expect(readAuditKeys(ops, setup.configMount)).rejects.toMatchObject({ kind: 'denied' });
    await Promise.all([auditor.close(), ops.close()]);
  });

  it('that is none starts no service, and is left alone by init', async () => {
    await put({ key: 'a password' });
    const { mount, configMount } = setup;
    await expect(open()).rejects.toThrow(StartupProblems);
    await expect(open()).rejects.toThrow(`${configMount}/audit-key holds no usable key`);
    const init = initVault(setup.root, { mount, configMount }, { clock: systemClock });
    await expect(init).rejects.toThrow('audit-key holds no usable key');
  });

  it('that was never made is told from one that was', async () => {
    const none = readAuditKeys(setup.root, 'no-such-mount');
    await expect(none).rejects.toThrow(
      'There is no no-such-mount/audit-key: run `tokenvault init`',
    );
  });
});
