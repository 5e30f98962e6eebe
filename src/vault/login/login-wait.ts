import { backoffMs } from '../../concurrency/backoff.ts';
import type { Random } from '../../domain/random.ts';
import type { LoginFaultKind } from './login-fault.ts';

/** What decides how long to wait after logins that gave no token. */
export interface FailedLogins {
  readonly kind: LoginFaultKind;
  /** One after the other. */
  readonly attempts: number;
  readonly locksOut: boolean;
}

const UNAVAILABLE = { firstMs: 500, mostMs: 5_000 };
const REFUSED = { firstMs: 4_000, mostMs: 60_000 };

/** Of three Vault may count each together with the one before, of those that follow none. */
const LOCKING_OUT_MS = [10_000, 60_000, 1_200_000];
const LOCKING_OUT_JITTER = 0.2;

/** Until the next login with the same credentials, milliseconds. */
export function loginWaitMs({ kind, attempts, locksOut }: FailedLogins, random: Random): number {
  if (kind === 'unavailable') return backoffMs(attempts, UNAVAILABLE, random);
  if (!locksOut || kind === 'no_credentials') return backoffMs(attempts, REFUSED, random);
  const wait = LOCKING_OUT_MS[Math.min(attempts, LOCKING_OUT_MS.length) - 1] ?? 0;
  return wait * (1 + LOCKING_OUT_JITTER * random.unit());
}
