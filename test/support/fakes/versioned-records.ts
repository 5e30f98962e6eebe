import type { Clock } from '../../../src/domain/clock.ts';
import type { Stored, WriteCondition, WriteResult } from '../../../src/domain/store.ts';

/** As many versions as the real mount keeps. */
const MAX_VERSIONS = 2;

interface Version<R> {
  /** `undefined` stands for something that is not a record. */
  readonly record: R | undefined;
  readonly writeId: string;
  readonly writtenAt: number;
}

interface Entry<R> {
  version: number;
  readonly kept: Map<number, Version<R>>;
}

/** Records under check-and-set, with versions as KV v2 counts them. */
export class VersionedRecords<R> {
  readonly #entries = new Map<string, Entry<R>>();
  readonly #clock: Clock;
  readonly #copy: (record: R) => R;

  constructor(clock: Clock, copy: (record: R) => R) {
    this.#clock = clock;
    this.#copy = copy;
  }

  read(key: string): Stored<R> {
    const entry = this.#entries.get(key);
    const newest = entry?.kept.get(entry.version);
    if (entry === undefined || newest === undefined) {
      return { kind: 'absent', version: entry?.version ?? 0 };
    }
    const { record, writeId, writtenAt } = newest;
    if (record === undefined) return { kind: 'corrupt', version: entry.version };
    const { version } = entry;
    return { kind: 'present', version, record: this.#copy(record), writeId, writtenAt };
  }

  /** A repeated write of an operation that landed before is committed, not a conflict. */
  write(key: string, record: R, { expectedVersion, writeId }: WriteCondition): WriteResult {
    const entry = this.#entries.get(key) ?? { version: 0, kept: new Map() };
    if (entry.version !== expectedVersion) {
      const landed = entry.kept.get(expectedVersion + 1)?.writeId === writeId;
      return landed
        ? { outcome: 'committed', version: expectedVersion + 1 }
        : { outcome: 'conflict' };
    }
    this.#entries.set(key, entry);
    this.#append(entry, { record: this.#copy(record), writeId, writtenAt: this.#clock.now() });
    return { outcome: 'committed', version: entry.version };
  }

  /** Puts something unreadable there, as a new version. */
  corrupt(key: string): void {
    const entry = this.#entries.get(key) ?? { version: 0, kept: new Map() };
    this.#entries.set(key, entry);
    this.#append(entry, { record: undefined, writeId: '', writtenAt: this.#clock.now() });
  }

  destroyBelow(key: string, version: number): void {
    const entry = this.#entries.get(key);
    for (const kept of [...(entry?.kept.keys() ?? [])]) {
      if (kept < version) entry?.kept.delete(kept);
    }
  }

  /** Removes the record with its version counter. */
  remove(key: string): void {
    this.#entries.delete(key);
  }

  /** Every version of `key` that still has its data, oldest first. */
  kept(key: string): readonly R[] {
    const versions = [...(this.#entries.get(key)?.kept.values() ?? [])];
    return versions.flatMap(({ record }) => (record === undefined ? [] : [this.#copy(record)]));
  }

  keys(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** Keys with the time of their last write. */
  ages(): readonly { readonly key: string; readonly ageMs: number }[] {
    return [...this.#entries].map(([key, { version, kept }]) => ({
      key,
      ageMs: this.#clock.now() - (kept.get(version)?.writtenAt ?? 0),
    }));
  }

  #append(entry: Entry<R>, version: Version<R>): void {
    entry.version += 1;
    entry.kept.set(entry.version, version);
    entry.kept.delete(entry.version - MAX_VERSIONS);
  }
}
