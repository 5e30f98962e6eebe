import { describe, expect, it } from 'vitest';
import { vaultOperation } from '../../../src/vault/vault-operation.ts';

const KEY = 'k3y-of-a-user';

describe('what a trace says of a request to Vault', () => {
  it.each([
    ['GET', `/tokenvault/data/users/${KEY}`, 'read users'],
    ['POST', `/tokenvault/data/users/${KEY}`, 'write users'],
    ['POST', `/tokenvault/destroy/users/${KEY}`, 'destroy users'],
    ['DELETE', `/tokenvault/metadata/exchanges/${KEY}`, 'remove exchanges'],
    ['GET', `/tokenvault/metadata/exchanges/${KEY}`, 'age exchanges'],
    ['GET', '/tokenvault/metadata/revocations?list=1', 'list revocations'],
    ['GET', '/team/a/tokenvault/data/revocation-log', 'read revocation-log'],
    ['GET', '/tokenvault-config/data/clients/default', 'read clients'],
    ['GET', `/data/data/users/${KEY}`, 'read users'],
    ['GET', '/sys/leader', 'read sys'],
    ['POST', '/auth/token/renew-self', 'write auth'],
    ['GET', `/tokenvault/data/${KEY}/users`, 'read other'],
    ['GET', `/tokenvault/${KEY}`, 'read other'],
  ])('%s %s is %j, without its key', (method, path, operation) => {
    expect(vaultOperation({ method, path })).toBe(operation);
  });
});
