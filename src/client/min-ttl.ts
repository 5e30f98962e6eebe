import { TokenVaultError } from './token-vault-error.ts';

/** As TokenVault takes it where a call names none. */
export const DEFAULT_MIN_TTL_MS = 60_000;
/** The longest `min_ttl` that TokenVault takes. */
export const LONGEST_MIN_TTL_MS = 30 * 60_000;

/**
 * As a message says it: no shorter, in whole milliseconds.
 * @throws TokenVaultError as TokenVault would answer, where it is none
 */
export function minTtlOf(ms: number): { readonly seconds: number; readonly nanos: number } {
  const whole = Math.ceil(ms);
  if (!(whole >= 0 && whole <= LONGEST_MIN_TTL_MS)) throw invalid();
  return { seconds: Math.floor(whole / 1_000), nanos: (whole % 1_000) * 1_000_000 };
}

function invalid(): TokenVaultError {
  const description = `must be 0 to ${LONGEST_MIN_TTL_MS} milliseconds`;
  return new TokenVaultError({
    code: 'INVALID_ARGUMENT',
    reason: 'FIELD_INVALID',
    violations: [{ field: 'min_ttl', description }],
    sent: false,
  });
}
