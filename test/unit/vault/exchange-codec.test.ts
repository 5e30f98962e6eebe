import { describe, expect, it } from 'vitest';
import { exchangeCodec } from '../../../src/vault/exchange-codec.ts';

/** As the first release wrote them. */
const pending = { request: 'r', started_at: 1_790_000_000_000, state: 'pending' };
const done = {
  ...pending,
  state: 'done',
  response: {
    user_id: '100000000000000000001',
    profile: { email: 'zoe@example.com', email_verified: true, given_name: 'Zoë' },
    granted_scopes: ['openid'],
    grant_expire_time: 1_790_600_000_000,
    refresh_token_kept: true,
  },
};
const failed = { ...pending, state: 'failed', reason: 'USER_MISMATCH', metadata: { a: 'b' } };

describe('exchangeCodec', () => {
  it.each([pending, { ...pending, state: 'unsent' }, done, failed])(
    'reads and writes a record that is $state as it always was',
    (content) => {
      const record = exchangeCodec.decode(content);
      if (record === undefined) throw new Error('not read');
      expect(JSON.parse(JSON.stringify(exchangeCodec.encode(record)))).toEqual(content);
    },
  );

  it.each([
    ['a state that it does not know', { ...pending, state: 'paused' }],
    ['an outcome without a response', { ...pending, state: 'done' }],
    ['a reason that it does not know', { ...failed, reason: 'NO_SUCH_REASON' }],
    ['a reason that every object has', { ...failed, reason: 'toString' }],
    ['a field that it does not know', { ...pending, added_later: true }],
    ['no request', { ...pending, request: '' }],
  ])('does not read %s', (_name, content) => {
    expect(exchangeCodec.decode(content)).toBeUndefined();
  });
});
