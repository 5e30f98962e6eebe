/**
 * What all ports onto stored records share.
 *
 * Reads and writes go to the active node alone, so a read sees every write that was answered before
 * it began. Every write is a check-and-set against the version that was read; `expectedVersion` 0
 * means that the record must never have existed. `writeId` belongs to the operation: its retries
 * carry the same, and a lost reply is resolved by reading it back.
 *
 * Every method may throw Failure STORE_UNAVAILABLE or STORE_ACCESS_LOST; a write that threw may or
 * may not take effect, also later.
 */
export interface WriteCondition {
  readonly expectedVersion: number;
  readonly writeId: string;
}

export type WriteResult =
  | { readonly outcome: 'committed'; readonly version: number }
  | { readonly outcome: 'conflict' };

export type Stored<Record> =
  /** Nothing readable is there. `version` is 0, or the last one where versions were deleted. */
  | { readonly kind: 'absent'; readonly version: number }
  /** Something is there that is not a record of this kind. */
  | { readonly kind: 'corrupt'; readonly version: number }
  | {
      readonly kind: 'present';
      readonly version: number;
      readonly record: Record;
      /** The operation that wrote this version. */
      readonly writeId: string;
      /** When this version was written by the store's clock, milliseconds since the epoch. */
      readonly writtenAt: number;
    };
