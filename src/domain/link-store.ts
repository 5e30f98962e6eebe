import type { Stored, WriteCondition, WriteResult } from './store.ts';

/**
 * Which accounts a caller's own name for a user may stand for. It is written before the user's record
 * and believed only together with it: the first account whose record carries the name has it.
 */
export interface LinkRecord {
  readonly externalUserId: string;
  /** Google's `sub` of each, the newest binding first; 1 to `MAX_LINKED_USERS`. */
  readonly userIds: readonly string[];
}

/**
 * One account has the name, and few others are ever on their way to it. One that was pushed out puts
 * itself back once its record is committed.
 */
export const MAX_LINKED_USERS = 4;

/** Port: one record per name. See `store.ts` for what reads and writes guarantee. */
export interface LinkStore {
  /** A record of another name than `externalUserId` reads as corrupt. */
  read(externalUserId: string): Promise<Stored<LinkRecord>>;
  write(record: LinkRecord, condition: WriteCondition): Promise<WriteResult>;
}
