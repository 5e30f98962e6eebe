import { describe, expect, it } from 'vitest';
import { TokenVaultAdminService } from '../../../src/gen/tokenvault/admin/v1/token_vault_admin.ts';
import { TokenVaultService } from '../../../src/gen/tokenvault/v1/token_vault.ts';
import { batchGetAccessTokensRpc } from '../../../src/grpc/batch-get-access-tokens-rpc.ts';
import { exchangeCodeRpc } from '../../../src/grpc/exchange-code-rpc.ts';
import { getAccessTokenRpc } from '../../../src/grpc/get-access-token-rpc.ts';
import { getUserRpc } from '../../../src/grpc/get-user-rpc.ts';
import { importGrantRpc } from '../../../src/grpc/import-grant-rpc.ts';
import { listUsersRpc } from '../../../src/grpc/list-users-rpc.ts';
import { revokeUserRpc } from '../../../src/grpc/revoke-user-rpc.ts';
import { rpcAt } from '../../../src/grpc/rpc-paths.ts';
import { TOKEN_VAULT_ADMIN_DEFINITION } from '../../../src/grpc/token-vault-admin-service.ts';
import { TOKEN_VAULT_DEFINITION } from '../../../src/grpc/token-vault-service.ts';

const RPCS = {
  exchangeCode: exchangeCodeRpc,
  getAccessToken: getAccessTokenRpc,
  batchGetAccessTokens: batchGetAccessTokensRpc,
  revokeUser: revokeUserRpc,
  getUser: getUserRpc,
};

describe('the service', () => {
  it('serves every method of the proto', () => {
    expect(Object.keys(TOKEN_VAULT_DEFINITION)).toEqual(Object.keys(TokenVaultService));
    expect(Object.keys(RPCS)).toEqual(Object.keys(TokenVaultService));
  });

  it.each(Object.entries(RPCS))('%s is authorised under its own name', (method, { name }) => {
    const definition = Object.entries(TOKEN_VAULT_DEFINITION).find(([key]) => key === method)?.[1];
    expect(definition?.path).toBe(`/tokenvault.v1.TokenVault/${name}`);
  });
});

describe('the service for operators', () => {
  const rpcs = { listUsers: listUsersRpc, importGrant: importGrantRpc };

  it('serves every method of the proto', () => {
    expect(Object.keys(TOKEN_VAULT_ADMIN_DEFINITION)).toEqual(Object.keys(TokenVaultAdminService));
    expect(Object.keys(rpcs)).toEqual(Object.keys(TokenVaultAdminService));
  });

  it.each(Object.entries(rpcs))('%s is authorised under its own name', (_method, { name }) => {
    expect(rpcAt(`/tokenvault.admin.v1.TokenVaultAdmin/${name}`)).toBe(name);
    expect(rpcAt(`/tokenvault.v1.TokenVault/${name}`)).toBeUndefined();
  });
});
