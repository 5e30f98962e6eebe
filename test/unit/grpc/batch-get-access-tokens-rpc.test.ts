import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import { Secret } from '../../../src/domain/secret.ts';
import {
  BatchGetAccessTokensRequest,
  BatchGetAccessTokensResponse,
} from '../../../src/gen/tokenvault/v1/token_vault.ts';
import { AuditedBatches } from '../../../src/grpc/audited-batches.ts';
import { batchEncoder } from '../../../src/grpc/batch-encoder.ts';
import { batchGetAccessTokensRpc } from '../../../src/grpc/batch-get-access-tokens-rpc.ts';
import { statusOf } from '../../../src/grpc/status.ts';
import type { IssuedToken } from '../../../src/service/token-vault.ts';
import { MemoryAuditLog } from '../../support/fakes/memory-audit-log.ts';
import { EVERY_PRINTABLE_ASCII, refusalOf, refusedFields } from './violations.ts';

type Fields = Partial<BatchGetAccessTokensRequest>;
const read = (fields: Fields) =>
  batchGetAccessTokensRpc.readRequest(
    BatchGetAccessTokensRequest.fromPartial({ userIds: ['1'], scopes: ['openid'], ...fields }),
  );
const users = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);
const token = (text: string): IssuedToken => ({
  accessToken: new Secret(text),
  generation: 3,
  expireTime: 1_700_000_000_123,
  scopes: ['openid'],
});

describe('a BatchGetAccessTokens request', () => {
  it('needs users and a scope alone', () => {
    expect(read({ userIds: ['1', '2', '1'] })).toEqual({
      userIds: ['1', '2', '1'],
      oauthClient: 'default',
      scopes: ['openid'],
      minTtlMs: 60_000,
    });
  });

  it('counts for as many calls as it names users', () => {
    expect(batchGetAccessTokensRpc.countsFor?.(read({ userIds: ['1', '2', '1'] }))).toBe(3);
  });

  it('names of many wrong users the first, and how many more, which other clients can take', () => {
    const refused = refusalOf(() =>
      read({ userIds: Array(100).fill(''), scopes: Array(50).fill('') }),
    );
    const { violations } = refused;
    expect(violations.slice(0, 2).map(({ field }) => field)).toEqual([
      'user_ids[0]',
      'user_ids[1]',
    ]);
    expect(violations.at(-1)).toEqual({ field: '', description: 'And 130 more.' });
    const [details = ''] = statusOf(refused, 'r'.repeat(64)).metadata.get(
      'grpc-status-details-bin',
    );
    expect(Buffer.from(details).toString('base64').length).toBeLessThan(6_000);
  });

  const accepted: [string, Fields][] = [
    ['100 users', { userIds: users(100) }],
    ['users of every printable character', { userIds: [EVERY_PRINTABLE_ASCII, '__proto__'] }],
    ['a min_ttl of 30 min', { minTtl: { seconds: 1_800, nanos: 0 } }],
  ];
  it.each(accepted)('may hold %s', (_what, fields) => {
    expect(refusedFields(() => read(fields))).toEqual([]);
  });

  const refused: [string, string, Fields][] = [
    ['user_ids', 'list that is empty', { userIds: [] }],
    ['user_ids', 'list that is too long, whatever it holds', { userIds: users(101).fill('') }],
    ['user_ids[1]', 'that is empty', { userIds: ['1', ''] }],
    ['user_ids[0]', 'that is too long', { userIds: ['1'.repeat(256)] }],
    ['user_ids[0]', 'with a line break', { userIds: ['1\n'] }],
    ['oauth_client', 'with a dot', { oauthClient: '..' }],
    ['scopes', 'list that is empty', { scopes: [] }],
    ['min_ttl', 'above 30 min', { minTtl: { seconds: 1_801, nanos: 0 } }],
  ];
  it.each(refused)('may not hold a %s %s', (field, _what, fields) => {
    expect(refusedFields(() => read(fields))).toEqual([field]);
  });
});

describe('a BatchGetAccessTokens response', () => {
  const NOT_READY = new Failure('NOT_READY', { retryAfterMs: 1_500.2 });
  const missingScopes = 'a b';
  const results = [
    token('first'),
    NOT_READY,
    token('second'),
    new Failure('SCOPE_NOT_GRANTED', { metadata: { missingScopes } }),
  ];
  const decode = (bytes: Buffer) => BatchGetAccessTokensResponse.decode(bytes);

  it('has a token or an error for each user, and once what is the same for all', () => {
    const expireTime = new Date(1_700_000_000_123);
    expect(decode(batchEncoder()({ results, scopes: ['openid'] }))).toEqual({
      results: [
        { token: { accessToken: 'first', expireTime } },
        {
          error: {
            code: status.UNAVAILABLE,
            reason: 'NOT_READY',
            metadata: {},
            retryDelay: { seconds: 1, nanos: 501_000_000 },
          },
        },
        { token: { accessToken: 'second', expireTime } },
        {
          error: {
            code: status.FAILED_PRECONDITION,
            reason: 'SCOPE_NOT_GRANTED',
            metadata: { missingScopes },
            retryDelay: undefined,
          },
        },
      ],
      tokenType: 'Bearer',
      scopes: ['openid'],
    });
  });

  it('encodes a token that comes again once', () => {
    const encode = batchEncoder();
    const again = token('again');
    const reveal = again.accessToken.reveal.bind(again.accessToken);
    let revealed = 0;
    again.accessToken.reveal = () => {
      revealed += 1;
      return reveal();
    };
    const replies = [1, 2].map(() => encode({ results: [again, again], scopes: ['openid'] }));
    expect(replies[0]).toEqual(replies[1]);
    expect(revealed).toBe(1);
  });
});

describe('the audit of a batch', () => {
  const request = read({ userIds: ['1', '2', '3'] });
  const asked = { oauthClient: 'default', scopes: ['openid'] };
  const subjects = (lines: readonly { readonly subject: string }[]) =>
    lines.map(({ subject }) => JSON.parse(subject));

  it('has a line for each user, as GetAccessToken has', () => {
    const lines = new AuditedBatches(new MemoryAuditLog());
    expect(subjects(lines.asked(request))).toEqual([
      { userId: '1', ...asked },
      { userId: '2', ...asked },
      { userId: '3', ...asked },
    ]);
    const failure = new Failure('USER_REVOKED');
    const answered = lines.answered(request, {
      results: [token('a'), failure, token('b')],
      scopes: ['openid'],
    });
    const handedOut = { generation: 3, token: 'a token' };
    expect(subjects(answered)).toEqual([
      { userId: '1', ...asked, ...handedOut },
      { userId: '2', ...asked },
      { userId: '3', ...asked, ...handedOut },
    ]);
    expect(answered.map(({ failure }) => failure?.reason)).toEqual([
      undefined,
      'USER_REVOKED',
      undefined,
    ]);
  });

  it('describes a token that comes again once, and anew when the audit has another key', () => {
    const audit = new MemoryAuditLog();
    let described = 0;
    audit.describe = () => {
      described += 1;
      return `${audit.keyId} ${described}`;
    };
    const lines = new AuditedBatches(audit);
    const [one, reply] = [read({}), { results: [token('a')], scopes: ['openid'] }];
    const subject = () => lines.answered(one, reply)[0]?.subject;
    expect([subject(), subject()]).toEqual(['memory 1', 'memory 1']);
    audit.keyId = 'next';
    expect([subject(), subject()]).toEqual(['next 2', 'next 2']);
  });
});
