import { describe, expect, it } from 'vitest';
import { NO_METRICS } from '../../../../src/domain/metrics.ts';
import { Secret } from '../../../../src/domain/secret.ts';
import type { AskVault } from '../../../../src/vault/login/login-method.ts';
import { WrappedSecretId } from '../../../../src/vault/login/wrapped-secret-id.ts';
import { VaultClient } from '../../../../src/vault/vault-client.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

/** A Vault that opens each of `wrappings` once. */
function wrappedSecretId(wrappings: ReadonlyMap<string, string>): WrappedSecretId {
  const ask: AskVault = (token, act) => {
    const send = async ({ path }: { readonly path: string }) => {
      if (path.endsWith('/lookup')) {
        return { status: 200, body: { data: { creation_path: 'auth/approle/role/r/secret-id' } } };
      }
      const secret_id = wrappings.get(token?.reveal() ?? '');
      return { status: secret_id === undefined ? 400 : 200, body: { data: { secret_id } } };
    };
    const options = { address: 'http://v', token: () => token, timeoutMs: 1, metrics: NO_METRICS };
    const wire = { send, close: async () => undefined };
    return act(new VaultClient({ ...options, clock: new ManualClock() }, wire));
  };
  return new WrappedSecretId({ mount: 'approle', role: 'r' }, ask);
}

describe('a wrapping token that does not open', () => {
  const wrapped = () => wrappedSecretId(new Map([['good', 'id']]));

  it('gives nothing where none was opened before', async () => {
    await expect(wrapped().unwrap(new Secret('bad'))).rejects.toMatchObject({
      kind: 'no_credentials',
    });
  });

  it('leaves the secret id of before in use, and says so', async () => {
    const secretIds = wrapped();
    const first = await secretIds.unwrap(new Secret('good'));
    expect([first.secretId.reveal(), first.problem]).toEqual(['id', undefined]);
    const second = await secretIds.unwrap(new Secret('bad'));
    expect(second.secretId.reveal()).toBe('id');
    expect(second.problem).toMatch(/^The wrapping token does not open/);
  });
});
