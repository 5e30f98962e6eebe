import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/config/policy-file.ts';
import type { Caller } from '../../../src/domain/caller.ts';
import { NO_RIGHTS } from '../../../src/domain/caller-rights.ts';
import { RPC_NAMES, RPC_RULES } from '../../../src/domain/rpc-name.ts';
import { TokenVaultAdminService } from '../../../src/gen/tokenvault/admin/v1/token_vault_admin.ts';
import { TokenVaultService } from '../../../src/gen/tokenvault/v1/token_vault.ts';
import { createCallerPolicy } from '../../../src/grpc/caller-policy.ts';
import { entryFor } from '../../support/rights.ts';

const WORKER: Caller = { id: 'spiffe://td/worker', proof: 'spiffe' };
const METHODS = [TokenVaultService, TokenVaultAdminService]
  .flatMap((service) => Object.values(service))
  .map(({ path }) => path.split('/').at(-1) ?? '');

describe('the caller policy', () => {
  const policy = createCallerPolicy([
    entryFor(WORKER.id, ['GetAccessToken']),
    entryFor(WORKER.id, ['GetUser']),
  ]);

  it('allows a caller what its first entry names, and nothing of the others', () => {
    expect(policy.rightsOf(WORKER).allowsRpc('GetAccessToken')).toBe(true);
    expect(policy.rightsOf(WORKER).allowsRpc('GetUser')).toBe(false);
  });

  it.each(['spiffe://td/other', 'spiffe://td/worker/', 'spiffe://td/worker2', '__proto__', ''])(
    'gives no rights to %j, which has no entry',
    (id) => {
      expect(policy.rightsOf({ id, proof: 'spiffe' })).toBe(NO_RIGHTS);
    },
  );

  it('gives nobody rights where it is empty', () => {
    expect(createCallerPolicy([]).rightsOf(WORKER)).toBe(NO_RIGHTS);
  });

  it('looks a caller of one connection up once', () => {
    let lookups = 0;
    const caller: Caller = {
      get id() {
        lookups += 1;
        return WORKER.id;
      },
      proof: 'spiffe',
    };
    const first = policy.rightsOf(caller);
    expect(policy.rightsOf(caller)).toBe(first);
    expect(lookups).toBe(1);
  });
});

describe('the table of RPC rules', () => {
  it('has an entry for every method of the services, and for nothing else', () => {
    expect(Object.keys(RPC_RULES).sort()).toEqual([...METHODS].sort());
    expect([...RPC_NAMES].sort()).toEqual([...METHODS].sort());
  });

  it.each(METHODS)('lets a policy file allow %s, and no other with it', (method) => {
    const keys = {
      oauth_clients: '[default]',
      max_scopes: '[openid]',
    };
    const rule = RPC_RULES[method as keyof typeof RPC_RULES];
    const file = [
      'callers:',
      `  - spiffe_id: ${WORKER.id}`,
      `    rpcs: [${method}]`,
      '    users: all',
      ...(rule.oauthClients ? [`    oauth_clients: ${keys.oauth_clients}`] : []),
      ...(rule.maxScopes ? [`    max_scopes: ${keys.max_scopes}`] : []),
    ].join('\n');
    const parsed = parsePolicy(file);
    const rights = createCallerPolicy('policy' in parsed ? parsed.policy.callers : []).rightsOf({
      ...WORKER,
    });
    expect(RPC_NAMES.filter((rpc) => rights.allowsRpc(rpc))).toEqual([method]);
  });
});
