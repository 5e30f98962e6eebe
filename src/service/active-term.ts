import { Failure, isFailure } from '../domain/failure.ts';
import type { Reason } from '../domain/reasons.ts';
import type { RevocationStore } from '../domain/revocation-store.ts';

/** What a user's record alone can refuse: a node that is active no more may say so of an old record. */
export const FROM_RECORD: readonly Reason[] = [
  'USER_NOT_CONNECTED',
  'USER_RECONSENT_REQUIRED',
  'USER_REVOKED',
  'SCOPE_NOT_GRANTED',
  'STORED_RECORD_CORRUPT',
  'REFRESH_TOKEN_MISSING',
  'USER_MISMATCH',
  'CALLER_NOT_ALLOWED',
  'USER_ALREADY_CONNECTED',
];

const MAX_ROUNDS = 3;

/**
 * Vault's term of office as it was last seen. The address in use may belong to a standby since, whose
 * records are old: what was read between two looks at one and the same term is not.
 */
export class ActiveTerm {
  readonly #revocations: RevocationStore;
  #seen: string | undefined;

  constructor(revocations: RevocationStore) {
    this.#revocations = revocations;
  }

  /** @throws Failure STORE_UNAVAILABLE */
  async look(how?: { readonly atOnce: boolean }): Promise<string> {
    this.#seen = await this.#revocations.leaderTerm(how);
    return this.#seen;
  }

  /**
   * Runs `read` until what it gives, or what it refuses for the record's sake, is the active node's.
   * @throws Failure STORE_UNAVAILABLE; what `read` throws
   */
  async confirmed<T>(read: () => Promise<T>): Promise<T> {
    return this.#settled(read, () => true);
  }

  /** As `confirmed`, where only a refusal decides anything. */
  async confirmedRefusal<T>(read: () => Promise<T>): Promise<T> {
    return this.#settled(read, (outcome) => outcome.kind === 'refused');
  }

  async #settled<T>(read: () => Promise<T>, decides: (outcome: Outcome<T>) => boolean): Promise<T> {
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const term = this.#seen;
      const outcome = await outcomeOf(read);
      if (!decides(outcome) || (await this.look()) === term) return give(outcome);
    }
    throw new Failure('STORE_UNAVAILABLE', { detail: 'the active node changes' });
  }
}

type Outcome<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'refused'; readonly failure: Failure };

async function outcomeOf<T>(read: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { kind: 'read', value: await read() };
  } catch (failure) {
    if (!isFailure(failure, ...FROM_RECORD)) throw failure;
    return { kind: 'refused', failure };
  }
}

function give<T>(outcome: Outcome<T>): T {
  if (outcome.kind === 'refused') throw outcome.failure;
  return outcome.value;
}
