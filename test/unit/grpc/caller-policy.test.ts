import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/config/policy-file.ts';
import { RPC_NAMES } from '../../../src/domain/rpc-name.ts';
import { TokenVaultService } from '../../../src/gen/tokenvault/v1/token_vault.ts';
import { createCallerPolicy } from '../../../src/grpc/caller-policy.ts';

const WORKER = { id: 'spiffe://td/worker' };

describe('the caller policy', () => {
  const policy = createCallerPolicy([
    { spiffeId: WORKER.id, rpcs: ['GetAccessToken'] },
    { spiffeId: WORKER.id, rpcs: ['GetUser'] },
  ]);

  it('allows a caller what its entries name', () => {
    expect(policy.allows(WORKER, 'GetAccessToken')).toBe(true);
    expect(policy.allows(WORKER, 'GetUser')).toBe(true);
  });

  it('refuses a caller what its entries do not name', () => {
    expect(policy.allows(WORKER, 'RevokeUser')).toBe(false);
  });

  it.each(['spiffe://td/other', 'spiffe://td/worker/', 'spiffe://td/worker2', '__proto__', ''])(
    'refuses %j, which has no entry',
    (id) => {
      expect(policy.allows({ id }, 'GetAccessToken')).toBe(false);
    },
  );

  it('refuses everybody where it is empty', () => {
    expect(createCallerPolicy([]).allows(WORKER, 'GetUser')).toBe(false);
  });

  it('has a name for every method of the service', () => {
    const methods = Object.values(TokenVaultService).map(({ path }) => path.split('/').at(-1));
    expect([...RPC_NAMES].sort()).toEqual(methods.sort());
  });

  it('can be written for every method in a policy file', () => {
    const file = `callers: [{ spiffe_id: ${WORKER.id}, rpcs: [${RPC_NAMES.join(', ')}] }]`;
    expect(parsePolicy(file)).toEqual({
      policy: { callers: [{ spiffeId: WORKER.id, rpcs: [...RPC_NAMES] }] },
    });
  });
});
