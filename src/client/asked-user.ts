import type { Clock } from '../domain/clock.ts';
import { USER_ID_RULE } from '../domain/user-id.ts';
import { DEFAULT_MIN_TTL_MS } from './min-ttl.ts';
import { mayRepeat } from './retry-rules.ts';
import { TokenVaultError } from './token-vault-error.ts';
import type { UserToken } from './user-token.ts';

/** From the first call for a user on, nothing is asked again that would come later than this. */
const REPEATED_FOR_MS = 60_000;
/** After a failure that says nothing of it. */
const WAIT_MS = 1_000;
/** A token may have lost this part of what it was to live for at least. */
const MARGIN_SHARE = 0.1;
/** A token that came so recently is the best there is, whatever the clocks say. */
const NO_SECOND_ASK_MS = 1_000;

/** A user whose token is asked for, and how that stands. All times are monotonic. */
export class AskedUser {
  readonly userId: string;
  /** When to ask; infinite where what there is stands. */
  dueAt: number;
  #result: UserToken;
  #arrivedAt = 0;
  #tries = 0;
  #spentMs = 0;

  constructor(userId: string) {
    this.userId = userId;
    const isValid = typeof userId === 'string' && USER_ID_RULE.pattern.test(userId);
    this.dueAt = isValid ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    this.#result = { userId, error: isValid ? notAsked() : notValid() };
  }

  get result(): UserToken {
    return this.#result;
  }

  /** Takes in what a call that took so long came to. */
  take(result: UserToken, tookMs: number, clock: Clock): void {
    this.#result = result;
    this.#arrivedAt = clock.monotonic();
    this.#tries += 1;
    this.#spentMs += tookMs;
    const waitMs = waitAfter(result.error, this.#tries);
    const isWorthIt = this.#spentMs + waitMs <= REPEATED_FOR_MS;
    this.dueAt = isWorthIt ? this.#arrivedAt + waitMs : Number.POSITIVE_INFINITY;
    if (isWorthIt) this.#spentMs += waitMs;
  }

  /** Whether the token has waited here for so long that it lives too short by now. */
  hasFallenShort(minTtlMs: number = DEFAULT_MIN_TTL_MS, clock: Clock): boolean {
    const { token } = this.#result;
    if (token === undefined) return false;
    if (clock.monotonic() - this.#arrivedAt < NO_SECOND_ASK_MS) return false;
    const leftMs = token.expireTime.getTime() - clock.now();
    return leftMs <= 0 || leftMs < minTtlMs * (1 - MARGIN_SHARE);
  }

  /** To be asked for as if for the first time. */
  renew(): void {
    this.dueAt = Number.NEGATIVE_INFINITY;
    this.#tries = 0;
    this.#spentMs = 0;
  }
}

/** Milliseconds; infinite where the same would come again, or there is nothing to repeat. */
function waitAfter(error: TokenVaultError | undefined, tries: number): number {
  if (error === undefined || !mayRepeat(error, tries)) return Number.POSITIVE_INFINITY;
  return error.retryAfterMs ?? WAIT_MS;
}

function notAsked(): TokenVaultError {
  return new TokenVaultError({ code: 'CANCELLED', sent: false });
}

/** As TokenVault would say it of the whole call. */
function notValid(): TokenVaultError {
  return new TokenVaultError({
    code: 'INVALID_ARGUMENT',
    reason: 'FIELD_INVALID',
    violations: [{ field: 'user_id', description: `The field must ${USER_ID_RULE.must}.` }],
    sent: false,
  });
}
