import { describe, expect, it } from 'vitest';
import { Failure, isFailure } from '../../../src/domain/failure.ts';
import { REASONS } from '../../../src/domain/reasons.ts';

describe('a failure', () => {
  it('says to the caller the fixed sentence of its reason, and nothing of its detail', () => {
    const failure = new Failure('CODE_REJECTED', { detail: 'for the log' });
    expect(failure.message).toBe(REASONS.CODE_REJECTED.message);
    expect(failure.message).not.toContain('for the log');
  });

  it('asks for the wait of its reason, or for its own', () => {
    expect(new Failure('STORE_UNAVAILABLE').retryAfterMs).toBe(1_000);
    expect(new Failure('STORE_UNAVAILABLE', { retryAfterMs: 7 }).retryAfterMs).toBe(7);
    expect(new Failure('CODE_REJECTED').retryAfterMs).toBeUndefined();
  });

  it('is recognised by any of several reasons', () => {
    const failure = new Failure('USER_REVOKED');
    expect(isFailure(failure)).toBe(true);
    expect(isFailure(failure, 'CODE_REJECTED', 'USER_REVOKED')).toBe(true);
    expect(isFailure(failure, 'CODE_REJECTED')).toBe(false);
    expect(isFailure(new Error('other'))).toBe(false);
  });
});
