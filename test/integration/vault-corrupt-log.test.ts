import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/observability/system-clock.ts';
import { initVault } from '../../src/vault/admin/init.ts';
import { freshVault, type TestVault } from '../support/openbao.ts';

const append = { count: 64, keys: ['user-key'] };

describe('a revocation log that cannot be read', () => {
  let setup: TestVault;
  beforeEach(async () => {
    setup = await freshVault();
    await setup.vault.revocations.writeLog(append, { expectedVersion: 1, writeId: 'append' });
  });
  afterEach(() => setup.close());

  const corrupt = (fields: object, cas: number) =>
    setup.root.write(`${setup.mount}/data/revocation-log`, { data: fields, options: { cas } });
  async function initAgain() {
    const { mount, configMount, root } = setup;
    const { steps } = await initVault(root, { mount, configMount }, { clock: systemClock });
    return steps.find(({ what }) => what.endsWith('/revocation-log'))?.outcome;
  }

  it.each([
    ['no record', { record: '{' }],
    ['of another path key', { record: JSON.stringify({ schema: 1, path_key_id: 'other' }) }],
    ['written by hand', { count: '64' }],
  ])('because it is %s is replaced by init, above all positions', async (_name, fields) => {
    await corrupt(fields, 2);
    await expect(setup.vault.revocations.readLog()).rejects.toMatchObject({
      reason: 'STORED_RECORD_CORRUPT',
    });

    expect(await initAgain()).toBe('changed');

    const { version, log } = await setup.vault.revocations.readLog();
    expect(version).toBe(4);
    expect(log.count).toBeGreaterThan(append.count);
    // Without keys every replica takes the gap for one that names everybody.
    expect(log.keys).toEqual([]);
    expect(await initAgain()).toBe('unchanged');
  });

  it('may be corrupt several times, and its position only rises', async () => {
    const counts: number[] = [append.count];
    for (const version of [2, 4, 6]) {
      await corrupt({}, version);
      await initAgain();
      counts.push((await setup.vault.revocations.readLog()).log.count);
    }
    expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
  });

  it('is left alone while it can be read', async () => {
    expect(await initAgain()).toBe('unchanged');
    expect(await setup.vault.revocations.readLog()).toEqual({ version: 2, log: append });
  });
});
