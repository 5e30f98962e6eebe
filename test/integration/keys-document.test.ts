import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Secret } from '../../src/domain/secret.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { initVault } from '../../src/vault/admin/init.ts';
import { servicePolicy } from '../../src/vault/admin/policies.ts';
import { createServiceToken } from '../../src/vault/admin/service-token.ts';
import { readStoredKeys } from '../../src/vault/admin/stored-keys.ts';
import { writePolicies } from '../../src/vault/admin/write-policies.ts';
import { AUDIT_KEY_PATH, LOG_KEY_PATH } from '../../src/vault/key-record.ts';
import { openVault, type Vault } from '../../src/vault/open-vault.ts';
import type { VaultClient } from '../../src/vault/vault-client.ts';
import { type DocShell, docCommands, openDocShell } from '../support/doc-commands.ts';
import { hastyClock } from '../support/hasty-clock.ts';
import { rootClient } from '../support/openbao.ts';
import { type OwnOpenBao, startOwnOpenBao } from '../support/own-openbao.ts';
import { RecordingLogger } from '../support/recording/logger.ts';
import { RecordingMetrics } from '../support/recording/metrics.ts';
import { until } from '../support/until.ts';

const PAGE = 'keys.md';
/** As the page calls them. */
const MOUNTS = { mount: 'tokenvault', configMount: 'tokenvault-config' };

let server: OwnOpenBao;
let root: VaultClient;
let vault: Vault;
let shell: DocShell;
const logger = new RecordingLogger();

beforeAll(async () => {
  server = await startOwnOpenBao();
  root = rootClient(server);
  await initVault(root, MOUNTS, { clock: systemClock });
  const policy = servicePolicy(MOUNTS);
  await writePolicies(root, [policy]);
  const token = await createServiceToken(root, { policy: policy.name, periodMs: 3_600_000 });
  const addresses = [server.address];
  const wanted = { audit: true, logKey: true, requestTimeoutMs: 5_000, readRetries: 2 };
  const metrics = new RecordingMetrics();
  vault = await openVault(
    { ...MOUNTS, ...wanted, addresses, auth: { method: 'fixed', token } },
    { clock: hastyClock, random: systemRandom, logger, metrics },
  );
  const { address, rootToken } = server;
  shell = await openDocShell({ binary: inject('openBaoBinary'), address, token: rootToken });
});
afterAll(async () => {
  await vault?.close();
  await shell?.close();
  await root?.close();
  await server?.stop();
});

it('keeps as many versions of both keys as the page says', async () => {
  for (const block of await docCommands(PAGE)) {
    if (block.includes('metadata put')) await shell.type(block);
  }
  for (const key of [AUDIT_KEY_PATH, LOG_KEY_PATH]) {
    const { body } = await root.read(`${MOUNTS.configMount}/metadata/${key}`);
    expect(Object(Object(body).data).max_versions).toBe(100);
  }
});

describe.each([
  ['## The audit key', AUDIT_KEY_PATH, 'auditKey'],
  ['## The log key', LOG_KEY_PATH, 'logKey'],
] as const)('%s of the page', (heading, key, name) => {
  it('is rotated, and goes back, by its commands as they stand there', async () => {
    const [rotate = '', goBack = ''] = await docCommands(PAGE, heading);
    const taken: Secret[] = [];
    void vault[name]?.follow((next) => taken.push(next));
    const [first] = await readStoredKeys(root, { ...MOUNTS, key });

    await shell.type(rotate);
    await until('the new key is taken', () => taken.length === 1);
    const [second] = await readStoredKeys(root, { ...MOUNTS, key });
    expect(taken[0]?.equals(second ?? taken[0])).toBe(true);
    expect(second?.reveal()).not.toBe(first?.reveal());

    await shell.type(goBack);
    await until('the old key is taken', () => taken.length === 2);
    expect(taken[1]?.reveal()).toBe(first?.reveal());
    expect(await readStoredKeys(root, { ...MOUNTS, key })).toHaveLength(3);
    expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
