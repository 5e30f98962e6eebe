import { describe, expect, it } from 'vitest';
import { callFailureLines } from '../../../src/cli/call-failure-lines.ts';
import { TokenVaultError } from '../../../src/client/token-vault-error.ts';

describe('a failed call on the terminal', () => {
  it('shows status, reason, what it means, and every detail', () => {
    const failure = new TokenVaultError({
      code: 'ABORTED',
      reason: 'REVOCATION_IN_PROGRESS',
      metadata: { oauthClient: 'default' },
      retryAfterMs: 5_000,
      requestId: 'r-1',
    });

    expect(callFailureLines(failure)).toEqual([
      'ABORTED REVOCATION_IN_PROGRESS: A revocation of this user is still running; get a new code and try again later.',
      '  oauthClient: default',
      '  retry after: 5 s',
      '  request id: r-1',
    ]);
  });

  it('names each field that was wrong', () => {
    const failure = new TokenVaultError({
      code: 'INVALID_ARGUMENT',
      reason: 'FIELD_INVALID',
      violations: [{ field: 'scopes', description: 'needs at least one' }],
    });

    expect(callFailureLines(failure)).toContain('  scopes: needs at least one');
  });

  it('says what to check when no TokenVault answered', () => {
    const [line] = callFailureLines(new TokenVaultError({ code: 'UNAVAILABLE' }));

    expect(line).toContain('cannot be reached');
  });
});
