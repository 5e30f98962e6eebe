import { describe, expect, it } from 'vitest';
import {
  BatchGetAccessTokensRequest,
  GetAccessTokenRequest,
} from '../../../src/client/messages.ts';
import { mayRepeat } from '../../../src/client/retry-rules.ts';
import {
  TokenVaultError,
  type TokenVaultErrorOptions,
} from '../../../src/client/token-vault-error.ts';
import { REASONS, type Reason } from '../../../src/domain/reasons.ts';

const error = (options: Partial<TokenVaultErrorOptions>) =>
  new TokenVaultError({ code: 'UNAVAILABLE', ...options });
const requestId = 'r-1';
const ofTokenVault = (reason: Reason) =>
  error({ reason, requestId, retryAfterMs: REASONS[reason].retryAfterMs });

const REPEATED: readonly Reason[] = [
  'CALLER_RATE_LIMITED',
  'CLIENT_NOT_CONFIGURED',
  'CONCURRENT_UPDATE',
  'EXCHANGE_IN_PROGRESS',
  'NOT_READY',
  'PROVIDER_CLIENT_REJECTED',
  'PROVIDER_RATE_LIMITED',
  'PROVIDER_UNAVAILABLE',
  'STORE_ACCESS_LOST',
  'STORE_UNAVAILABLE',
];

describe('the same call is sent again', () => {
  it.each(REPEATED)('after %s', (reason) => {
    expect(mayRepeat(ofTokenVault(reason), 1)).toBe(true);
  });

  it.each<[string, Partial<TokenVaultErrorOptions>]>([
    ['its connection was lost', {}],
    ['nothing listened', { connection: 'NOTHING_LISTENS', sent: false }],
    // The name, or the server that knows it: nobody can tell.
    ['the host was unknown', { connection: 'HOST_UNKNOWN', sent: false }],
    ['a later version says so', { requestId, retryAfterMs: 100 }],
  ])('after %s', (_what, options) => {
    expect(mayRepeat(error(options), 1)).toBe(true);
  });

  it('after CALLER_RATE_LIMITED, where it names no token that Google refuses', () => {
    const request = GetAccessTokenRequest.fromPartial({ userId: '1' });
    expect(mayRepeat(ofTokenVault('CALLER_RATE_LIMITED'), 1, request)).toBe(true);
  });
});

describe('the same call is not sent again', () => {
  const others = (Object.keys(REASONS) as Reason[]).filter((reason) => !REPEATED.includes(reason));

  // With REVOCATION_IN_PROGRESS comes a wait, and another code has to come after it.
  it.each(others)('after %s', (reason) => {
    expect(mayRepeat(ofTokenVault(reason), 1)).toBe(false);
  });

  it.each<[string, Partial<TokenVaultErrorOptions>]>([
    ['its time was over', { code: 'DEADLINE_EXCEEDED' }],
    ['the connection was closed', { code: 'CANCELLED', sent: false }],
    ['there was no token', { code: 'UNAUTHENTICATED', sent: false }],
    ['the server was not trusted', { connection: 'SERVER_NOT_TRUSTED', sent: false }],
    ['a later version says so', { requestId }],
    ['an abort of a later version', { code: 'ABORTED', requestId, retryAfterMs: 100 }],
  ])('after %s', (_what, options) => {
    expect(mayRepeat(error(options), 1)).toBe(false);
  });

  it('after CALLER_RATE_LIMITED, where it names a token that Google refuses', () => {
    const rejectedTokenSha256 = Buffer.alloc(32, 7);
    const request = GetAccessTokenRequest.fromPartial({ userId: '1', rejectedTokenSha256 });
    expect(mayRepeat(ofTokenVault('CALLER_RATE_LIMITED'), 1, request)).toBe(false);
    expect(mayRepeat(ofTokenVault('STORE_UNAVAILABLE'), 1, request)).toBe(true);
  });

  it('after CALLER_RATE_LIMITED of a batch, whose loop waits by itself', () => {
    const request = BatchGetAccessTokensRequest.fromPartial({ userIds: ['1'] });
    expect(mayRepeat(ofTokenVault('CALLER_RATE_LIMITED'), 1, request)).toBe(false);
    expect(mayRepeat(ofTokenVault('NOT_READY'), 1, request)).toBe(true);
  });

  it('where Google refuses the OAuth client a second time', () => {
    expect(mayRepeat(ofTokenVault('PROVIDER_CLIENT_REJECTED'), 2)).toBe(false);
  });

  it('after ten tries', () => {
    expect(mayRepeat(ofTokenVault('EXCHANGE_IN_PROGRESS'), 9)).toBe(true);
    expect(mayRepeat(ofTokenVault('EXCHANGE_IN_PROGRESS'), 10)).toBe(false);
  });
});
