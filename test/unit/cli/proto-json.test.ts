import { describe, expect, it } from 'vitest';
import { requestFromJson } from '../../../src/cli/proto-json.ts';
import {
  CodeSource,
  ExchangeCodeRequest,
  GetAccessTokenRequest,
  RevokeUserRequest,
} from '../../../src/gen/tokenvault/v1/token_vault.ts';

describe('a request in proto JSON', () => {
  it('takes durations, times, bytes and enums as proto JSON writes them', () => {
    const get = requestFromJson(GetAccessTokenRequest, {
      userId: '1',
      scopes: ['openid'],
      minTtl: '90.5s',
      rejectedTokenSha256: Buffer.alloc(32, 7).toString('base64'),
    });
    const revoke = requestFromJson(RevokeUserRequest, {
      userId: '1',
      grantedBefore: '2026-01-02T03:04:05Z',
    });
    const exchange = requestFromJson(ExchangeCodeRequest, { codeSource: 'CODE_SOURCE_MOBILE' });

    expect(get.minTtl).toEqual({ seconds: 90, nanos: 500_000_000 });
    expect(get.rejectedTokenSha256).toEqual(Buffer.alloc(32, 7));
    expect(revoke.grantedBefore).toEqual(new Date('2026-01-02T03:04:05Z'));
    expect(exchange.codeSource).toBe(CodeSource.CODE_SOURCE_MOBILE);
  });

  it('keeps a zero duration apart from an absent one', () => {
    const zero = requestFromJson(GetAccessTokenRequest, { minTtl: '0s' });
    const absent = requestFromJson(GetAccessTokenRequest, {});

    expect(zero.minTtl).toEqual({ seconds: 0, nanos: 0 });
    expect(absent.minTtl).toBeUndefined();
  });

  it.each([
    ['an unknown name', { userID: '1' }, 'userID'],
    ['the proto’s own name', { user_id: '1' }, 'user_id'],
    ['an unknown enum value', { codeSource: 'MOBILE' }, 'codeSource'],
    ['an empty one that is unknown', { userID: '' }, 'userID'],
  ])('is refused for %s, which would be lost', (_what, json, field) => {
    expect(() => requestFromJson(ExchangeCodeRequest, json)).toThrow(`"${field}"`);
  });

  it.each([
    ['a duration without its unit', { minTtl: '60' }],
    ['a duration as a number', { minTtl: 60 }],
    ['a negative duration', { minTtl: '-1s' }],
    ['a text for a list', { scopes: 'openid' }],
  ])('is refused for %s', (_what, json) => {
    expect(() => requestFromJson(GetAccessTokenRequest, json)).toThrow('not of its type');
  });

  it('is refused for a time that is none', () => {
    expect(() => requestFromJson(RevokeUserRequest, { grantedBefore: 'yesterday' })).toThrow(
      '"grantedBefore"',
    );
  });

  it.each([['text'], [[]], [null], [7]])('is refused where it is no object: %j', (json) => {
    expect(() => requestFromJson(RevokeUserRequest, json)).toThrow('must be a JSON object');
  });
});
