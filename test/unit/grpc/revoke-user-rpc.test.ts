import { describe, expect, it } from 'vitest';
import type { ProviderRevocation } from '../../../src/domain/user-record.ts';
import * as wire from '../../../src/gen/tokenvault/v1/token_vault.ts';
import { revokeUserRpc } from '../../../src/grpc/revoke-user-rpc.ts';
import { refusedFields } from './violations.ts';

type Fields = Partial<wire.RevokeUserRequest>;
const read = (fields: Fields) =>
  revokeUserRpc.readRequest(wire.RevokeUserRequest.fromPartial({ userId: '1', ...fields }));

describe('a RevokeUser request', () => {
  it('needs a user alone', () => {
    expect(read({})).toEqual({ userId: '1', reason: '', grantedBefore: undefined });
  });

  it('takes over the reason and the time', () => {
    const grantedBefore = new Date('2026-01-02T03:04:05.678Z');
    expect(read({ reason: 'account closed – für immer', grantedBefore })).toEqual({
      userId: '1',
      reason: 'account closed – für immer',
      grantedBefore: grantedBefore.getTime(),
    });
  });

  const refused: [string, string, Fields][] = [
    ['user_id', 'that is missing', { userId: '' }],
    ['user_id', 'that is too long', { userId: '1'.repeat(256) }],
    ['reason', 'that is too long', { reason: 'r'.repeat(201) }],
    ['reason', 'of two lines', { reason: 'account\nclosed' }],
    ['granted_before', 'that is no time at all', { grantedBefore: new Date(Number.NaN) }],
    ['granted_before', 'that was left at zero', { grantedBefore: new Date(0) }],
    ['granted_before', 'of the last century', { grantedBefore: new Date('1999-12-31T23:59:59Z') }],
    ['granted_before', 'of the next century', { grantedBefore: new Date('2100-01-01T00:00:00Z') }],
  ];
  it.each(refused)('may not hold a %s %s', (field, _what, fields) => {
    expect(refusedFields(() => read(fields))).toEqual([field]);
  });

  it('may hold 200 characters of reason', () => {
    expect(refusedFields(() => read({ reason: 'ö'.repeat(200) }))).toEqual([]);
  });
});

describe('a RevokeUser response', () => {
  const values: [ProviderRevocation, wire.ProviderRevocation][] = [
    ['confirmed', wire.ProviderRevocation.PROVIDER_REVOCATION_CONFIRMED],
    ['pending', wire.ProviderRevocation.PROVIDER_REVOCATION_PENDING],
    ['nothing_to_revoke', wire.ProviderRevocation.PROVIDER_REVOCATION_NOTHING_TO_REVOKE],
    ['unconfirmed', wire.ProviderRevocation.PROVIDER_REVOCATION_UNCONFIRMED],
  ];
  it.each(values)('says %s', (providerRevocation, expected) => {
    expect(
      revokeUserRpc.writeReply({ generation: 1, providerRevocation, effectiveTime: 7_000 }),
    ).toEqual({
      providerRevocation: expected,
      effectiveTime: new Date(7_000),
    });
  });
});
