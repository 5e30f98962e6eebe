import type { Stored, WriteCondition, WriteResult } from './store.ts';
import type { UserRecord } from './user-record.ts';

/** Port: one record per user. See `store.ts` for what reads and writes guarantee. */
export interface UserStore {
  /** A record that names another user than `userId` reads as corrupt. */
  read(userId: string): Promise<Stored<UserRecord>>;
  write(record: UserRecord, condition: WriteCondition): Promise<WriteResult>;
  /** Wipes the data of every version below `version`. The version counter is never reset. */
  destroyOlderVersions(userId: string, version: number): Promise<void>;
}
