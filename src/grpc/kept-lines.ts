import type { AuditLog } from '../domain/audit.ts';
import { Recent } from './recent.ts';

/** What is kept of one RPC; some 300 bytes each. Without it, two HMACs are made anew. */
const KEPT = 8_192;

/** What was described for the audit, by the object that it is of, as long as the audit has the same key. */
export class KeptLines<Key extends object, Lines> {
  readonly #audit: Pick<AuditLog, 'keyId'>;
  #kept = new Recent<Key, Lines>(KEPT);
  #keyId = '';

  constructor(audit: Pick<AuditLog, 'keyId'>) {
    this.#audit = audit;
  }

  get(key: Key): Lines | undefined {
    if (this.#keyId !== this.#audit.keyId) this.#forget();
    return this.#kept.get(key);
  }

  /** @returns `lines` */
  keep(key: Key, lines: Lines): Lines {
    this.#kept.set(key, lines);
    return lines;
  }

  #forget(): void {
    this.#keyId = this.#audit.keyId;
    this.#kept = new Recent(KEPT);
  }
}
