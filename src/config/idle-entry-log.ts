import type { Logger } from '../domain/logger.ts';
import type { PolicyEntry } from '../domain/policy-entry.ts';
import { type CallerProofs, idleEntries } from './provable-callers.ts';

/** Warns of entries that no caller can match, once of each: other files may change every hour. */
export class IdleEntryLog {
  readonly #proofs: CallerProofs;
  readonly #logger: Logger;
  #told: ReadonlySet<string> = new Set();

  /** @param proofs of the running ports: another configuration waits for a restart */
  constructor(proofs: CallerProofs, logger: Logger) {
    this.#proofs = proofs;
    this.#logger = logger;
  }

  /** @param entries the policy that is in use from now on */
  warnOf(entries: readonly PolicyEntry[]): void {
    const idle = new Map(
      idleEntries(entries, this.#proofs).map((entry) => [JSON.stringify(entry), entry]),
    );
    for (const [text, { entry, line, problem }] of idle) {
      if (!this.#told.has(text)) this.#logger.warn('policy_entry_idle', { entry, line, problem });
    }
    this.#told = new Set(idle.keys());
  }
}
