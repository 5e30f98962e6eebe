import type { Stored, WriteCondition, WriteResult } from './store.ts';
import type { UserRecord } from './user-record.ts';

/** Port: one record per user. See `store.ts` for what reads and writes guarantee. */
export interface UserStore {
  /** In how many parts of about the same size the users lie; each is always in the same one. */
  readonly shards: number;
  /** The names of all records in a part, in an order that stays; those of deleted ones, too. */
  list(shard: number): Promise<readonly string[]>;
  /** The record that has such a name in a part. One that belongs elsewhere reads as corrupt. */
  readListed(shard: number, name: string): Promise<Stored<UserRecord>>;
  /** Where an operator finds the record that has such a name in a part; it says nothing of its user. */
  pathOf(shard: number, name: string): string;
  /** A record that names another user than `userId` reads as corrupt. */
  read(userId: string): Promise<Stored<UserRecord>>;
  write(record: UserRecord, condition: WriteCondition): Promise<WriteResult>;
  /** Wipes the data of every version below `version`. The version counter is never reset. */
  destroyOlderVersions(userId: string, version: number): Promise<void>;
}
