import { describe, expect, it } from 'vitest';
import { requestFromJson } from '../../../src/cli/proto-json.ts';
import { UsageError } from '../../../src/cli/usage-error.ts';
import {
  CodeSource,
  ExchangeCodeRequest,
  GetAccessTokenRequest,
  RevokeUserRequest,
} from '../../../src/gen/tokenvault/v1/token_vault.ts';

function usageOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
  }
  return expect.unreachable('it was not refused');
}

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

  it.each<[string, object, string]>([
    ['a duration without its unit', { minTtl: '60' }, 'minTtl'],
    ['a duration as a number', { minTtl: 60 }, 'minTtl'],
    ['a negative duration', { minTtl: '-1s' }, 'minTtl'],
    ['a duration in parts', { minTtl: { seconds: 60 } }, 'minTtl'],
    ['a text for a list', { scopes: 'openid' }, 'scopes'],
    ['a list of other things', { scopes: ['openid', 1] }, 'scopes'],
    ['a list with a gap', { scopes: ['openid', null] }, 'scopes'],
    ['an object for a text', { userId: { a: 1 } }, 'userId'],
    ['a number for a text', { userId: 1 }, 'userId'],
    ['a zero for a text', { userId: 0 }, 'userId'],
    ['a list for a text', { userId: ['1'] }, 'userId'],
    ['a number for bytes', { rejectedTokenSha256: 7 }, 'rejectedTokenSha256'],
    ['bytes that are not base64', { rejectedTokenSha256: 'not base64!' }, 'rejectedTokenSha256'],
  ])('is refused for %s', (_what, json, field) => {
    expect(() => requestFromJson(GetAccessTokenRequest, json)).toThrow(
      `The field "${field}" must be `,
    );
  });

  it.each([
    ['CODE_SOURCE_MOBILE', CodeSource.CODE_SOURCE_MOBILE],
    [1, CodeSource.CODE_SOURCE_MOBILE],
    ['CODE_SOURCE_UNSPECIFIED', CodeSource.CODE_SOURCE_UNSPECIFIED],
    [0, CodeSource.CODE_SOURCE_UNSPECIFIED],
    [null, CodeSource.CODE_SOURCE_UNSPECIFIED],
  ])('takes %j for an enum', (codeSource, means) => {
    expect(requestFromJson(ExchangeCodeRequest, { codeSource }).codeSource).toBe(means);
  });

  it.each(['UNRECOGNIZED', 99, '', true, {}, ['CODE_SOURCE_MOBILE']])(
    'does not take %j for an enum',
    (codeSource) => {
      expect(() => requestFromJson(ExchangeCodeRequest, { codeSource })).toThrow('"codeSource"');
    },
  );

  it('takes null for nothing', () => {
    const nothing = { userId: null, scopes: null, minTtl: null, rejectedTokenSha256: null };

    expect(requestFromJson(GetAccessTokenRequest, nothing)).toEqual(
      requestFromJson(GetAccessTokenRequest, {}),
    );
  });

  it('names each field that is wrong in a sentence of its own, and quotes no value', () => {
    const json = { userId: 1, scope: 'planted', minTtl: 'planted' };

    const problems = usageOf(() => requestFromJson(GetAccessTokenRequest, json)).split('\n');

    expect(problems).toEqual([
      'The field "userId" must be a string.',
      expect.stringMatching(/^The request has no field "scope": /),
      expect.stringMatching(/^The field "minTtl" must be a duration .*"60s"\.$/),
    ]);
    expect(problems.join()).not.toContain('planted');
  });

  it.each([['text'], [[]], [null], [7]])('is refused where it is no object: %j', (json) => {
    expect(() => requestFromJson(RevokeUserRequest, json)).toThrow('must be a JSON object');
  });
});

describe('a time in a request', () => {
  it.each([
    ['2026-11-23T10:00:00Z', '2026-11-23T10:00:00.000Z'],
    ['2026-11-23T10:00:00.25+01:30', '2026-11-23T08:30:00.250Z'],
    ['2024-02-29T23:59:59.123456789-00:00', '2024-02-29T23:59:59.123Z'],
  ])('may be %s', (text, means) => {
    const { grantedBefore } = requestFromJson(RevokeUserRequest, { grantedBefore: text });

    expect(grantedBefore?.toISOString()).toBe(means);
  });

  it.each([
    'yesterday',
    '1',
    1,
    { seconds: 1 },
    'Nov 23 2026 10:00',
    '2026-11-23',
    '2026-11-23 10:00:00Z',
    '2026-11-23T10:00Z',
    '2026-11-23T10:00:00',
    '2026-11-23T24:00:00Z',
    '2026-02-30T10:00:00Z',
    '2026-13-01T10:00:00Z',
    '+002026-11-23T10:00:00Z',
    '2026-11-23T10:00:00Z\n',
  ])('may not be %j', (grantedBefore) => {
    expect(() => requestFromJson(RevokeUserRequest, { grantedBefore })).toThrow(
      '"grantedBefore" must be a time as in RFC 3339',
    );
  });
});
