import { expect, it } from 'vitest';
import { NO_METRICS } from '../../../src/domain/metrics.ts';
import { tokenProblems } from '../../../src/vault/token-problems.ts';
import { VaultClient } from '../../../src/vault/vault-client.ts';
import { VaultFault } from '../../../src/vault/vault-fault.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** What is wrong with a token where Vault answers everything with `status`; undefined: nothing. */
async function problemsWhere(status: number | undefined) {
  const send = async () => {
    if (status === undefined) throw new VaultFault({ sent: false, code: 'ECONNREFUSED' });
    return { status, body: { errors: [] } };
  };
  const options = { address: 'http://v', token: () => undefined, timeoutMs: 1 };
  const parts = { metrics: NO_METRICS, clock: new ManualClock() };
  const client = new VaultClient({ ...options, ...parts }, { send, close: async () => undefined });
  return tokenProblems(client, { mount: 'm', configMount: 'c' });
}

it.each([412, 429, 500, 503, undefined])(
  'a Vault that says %s finds no fault with a token',
  async (status) => {
    expect(await problemsWhere(status)).toEqual([]);
  },
);

it('a token that Vault does not know is one', async () => {
  expect(await problemsWhere(403)).toEqual([
    expect.stringContaining('Vault does not accept the token'),
  ]);
});
