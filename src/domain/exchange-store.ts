import type { ExchangeRecord } from './exchange-record.ts';
import type { Secret } from './secret.ts';
import type { Stored, WriteCondition, WriteResult } from './store.ts';

/** Port: what happened to each code, under its keyed hash. See `store.ts` for the guarantees. */
export interface ExchangeStore {
  read(code: Secret): Promise<Stored<ExchangeRecord>>;
  write(code: Secret, record: ExchangeRecord, condition: WriteCondition): Promise<WriteResult>;
  /** Removes the record with all its versions. Removing what is not there succeeds. */
  remove(code: Secret): Promise<void>;
  /** How many shards `removeOlder` walks. */
  readonly shards: number;
  /** Removes the records of one shard that were last written more than `ageMs` ago, by the store's clock. */
  removeOlder(shard: number, ageMs: number): Promise<void>;
}
