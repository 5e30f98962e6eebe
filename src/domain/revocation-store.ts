import type { WriteCondition, WriteResult } from './store.ts';

/** The shared log of revocations: `count` of all entries ever is its position. */
export interface RevocationLogRecord {
  readonly count: number;
  /** User keys of the last entries, oldest first; at most `MAX_LOG_KEYS`. */
  readonly keys: readonly string[];
}

export const MAX_LOG_KEYS = 256;

/** The most that one version of the log adds: `version × MAX_LOG_APPEND` is never below its position. */
export const MAX_LOG_APPEND = 64;

/** Says that a revocation is not finished. `generation` is the one that its `revoking` write makes. */
export interface RevocationMarker {
  readonly userId: string;
  readonly generation: number;
}

/** Port: the revocation log and the markers. See `store.ts` for what reads and writes guarantee. */
export interface RevocationStore {
  /**
   * Names the node that says it is active, and its term of office. The same answer before and after
   * a read means that the node was active all the time. Where the address in use no longer says so,
   * the adapter looks for the active node among the configured ones.
   * Whoever asks while that is being found out waits for the next time, together with all others, or
   * `atOnce` for a question of its own.
   * @throws Failure STORE_UNAVAILABLE when no node says that it is active
   */
  leaderTerm(how?: { readonly atOnce: boolean }): Promise<string>;
  /** The log; an empty one at version 0 where none was written yet. */
  readLog(): Promise<{ readonly version: number; readonly log: RevocationLogRecord }>;
  writeLog(log: RevocationLogRecord, condition: WriteCondition): Promise<WriteResult>;
  /** Writing a marker that is there already succeeds. */
  addMarker(marker: RevocationMarker): Promise<void>;
  /** Removing a marker that is not there succeeds. */
  removeMarker(marker: RevocationMarker): Promise<void>;
  /** Markers in no order, at most `limit`. */
  listMarkers(limit: number): Promise<readonly RevocationMarker[]>;
}

/** Fixed by `tokenvault init`, the same for all replicas of one Vault mount. */
export interface RevocationSettings {
  /** How old a replica's view of the log may be when a token leaves, milliseconds. */
  readonly boundMs: number;
  /** Whether a replica that is cut off from Vault goes on serving what it had cached. */
  readonly mode: 'available' | 'strict';
}
