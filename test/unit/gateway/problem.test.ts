import { describe, expect, it } from 'vitest';
import { TokenVaultError } from '../../../src/client/token-vault-error.ts';
import { Failure } from '../../../src/domain/failure.ts';
import { REASONS, type Reason } from '../../../src/domain/reasons.ts';
import { problemOf } from '../../../src/gateway/problem.ts';
import { REASON_STATUS } from '../../../src/gateway/reason-status.ts';
import { REFUSALS, Refusal, type RefusalReason } from '../../../src/gateway/refusal.ts';

const reasons = Object.keys(REASONS) as Reason[];
const refusals = Object.keys(REFUSALS) as RefusalReason[];

describe('what the app is told', () => {
  it.each(reasons)('of %s that TokenVault gave', (reason) => {
    const problem = problemOf(new TokenVaultError({ code: 'ANY', reason }), 'r-1');
    expect(problem).toMatchObject({
      type: 'about:blank',
      status: REASON_STATUS[reason],
      detail: REASONS[reason].message,
      reason,
      requestId: 'r-1',
    });
    expect(problem.status).toBeGreaterThanOrEqual(400);
    expect(problem).not.toHaveProperty('errors');
  });

  it.each(reasons)(
    'of %s: a wait where its status asks for a repeat, named by TokenVault or not',
    (reason) => {
      const { status, retryAfter } = problemOf(new TokenVaultError({ code: 'ANY', reason }), 'r');
      expect(retryAfter !== undefined).toBe([429, 503].includes(status));
      if (retryAfter !== undefined) expect(retryAfter).toBeGreaterThanOrEqual(1);
    },
  );

  it.each(refusals)('of the refusal %s', (reason) => {
    const { status, message } = REFUSALS[reason];
    expect(problemOf(new Refusal(reason), 'r-1')).toMatchObject({
      status,
      detail: message,
      reason,
    });
  });

  it('names no reason of the gateway like one of TokenVault', () => {
    expect(refusals.filter((reason) => Object.hasOwn(REASONS, reason))).toEqual([]);
  });

  it.each([
    ['user', 403],
    ['rpc', 500],
    ['oauthClient', 500],
  ])('of a policy that denies by %s: whose fault it is', (deniedBy, status) => {
    const denied = { reason: 'CALLER_NOT_ALLOWED', metadata: { deniedBy } } as const;
    const failure = new TokenVaultError({ code: 'PERMISSION_DENIED', ...denied });
    expect(problemOf(failure, 'r')).toMatchObject({ status, reason: 'CALLER_NOT_ALLOWED' });
    expect(problemOf(new Failure('CALLER_NOT_ALLOWED', denied), 'r').status).toBe(status);
  });

  it.each([
    [0, 1],
    [1, 1],
    [999, 1],
    [1_000, 1],
    [1_001, 2],
    [30_000, 30],
  ])('of a wait of %d ms: whole seconds, %d, never less than was asked for', (retryAfterMs, s) => {
    const reason = 'STORE_UNAVAILABLE';
    const failure = new TokenVaultError({ code: 'UNAVAILABLE', reason, retryAfterMs });
    expect(problemOf(failure, 'r').retryAfter).toBe(s);
    expect(problemOf(new Refusal('TOO_MANY_REQUESTS', { retryAfterMs }), 'r').retryAfter).toBe(s);
  });

  it.each(['externalUser', 'expectedUser', undefined, 'planted'])(
    'of another account: which of the two it is not (%s)',
    (mismatch) => {
      const metadata: Record<string, string> = mismatch === undefined ? {} : { mismatch };
      const failure = new TokenVaultError({ code: 'ANY', reason: 'USER_MISMATCH', metadata });
      const problem = problemOf(failure, 'r');
      expect(problem.mismatch).toBe(mismatch === 'planted' ? undefined : mismatch);
    },
  );

  it('of a wrong field: named as the app named it', () => {
    const violations = [{ field: 'redirect_uri', description: 'Not registered.' }];
    const failure = new TokenVaultError({
      code: 'INVALID_ARGUMENT',
      reason: 'FIELD_INVALID',
      violations,
    });
    expect(problemOf(failure, 'r').errors).toEqual([
      { field: 'redirectUri', description: 'Not registered.' },
    ]);
  });

  it.each([
    // The exchange goes on; the same request collects its outcome.
    ['DEADLINE_EXCEEDED', 'EXCHANGE_IN_PROGRESS', 504, 2],
    ['UNAVAILABLE', 'NOT_READY', 503, 1],
    ['CANCELLED', 'NOT_READY', 503, 1],
    ['UNIMPLEMENTED', 'INTERNAL', 500, undefined],
    ['INTERNAL', 'INTERNAL', 500, undefined],
  ])('of %s that the gRPC library made', (code, reason, status, retryAfter) => {
    const problem = problemOf(new TokenVaultError({ code }), 'r');
    expect(problem).toMatchObject({ reason, status });
    expect(problem.retryAfter).toBe(retryAfter);
  });

  it.each([[new Failure('INTERNAL')], [new TypeError('code=planted')], ['planted'], [undefined]])(
    'of a defect: INTERNAL and nothing of its text (%s)',
    (error) => {
      const problem = problemOf(error, 'r');
      expect(problem).toMatchObject({ status: 500, reason: 'INTERNAL' });
      expect(JSON.stringify(problem)).not.toContain('planted');
    },
  );
});

describe('the status tells the app what to do', () => {
  const withStatus = (status: number) => reasons.filter((r) => REASON_STATUS[r] === status);

  it('429 and 503: the same request again, after a wait that TokenVault names', () => {
    for (const reason of [...withStatus(429), ...withStatus(503)]) {
      expect(REASONS[reason].retryAfterMs, reason).toBeGreaterThan(0);
    }
  });

  it('every other status: no repeat of the same request', () => {
    const repeatable = reasons.filter(
      (reason) => ![429, 503].includes(REASON_STATUS[reason]) && REASONS[reason].retryAfterMs,
    );
    // Its wait is one before a new sign-in.
    expect(repeatable).toEqual(['REVOCATION_IN_PROGRESS']);
  });
});
