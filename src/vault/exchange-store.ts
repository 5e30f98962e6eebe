import type { ExchangeRecord } from '../domain/exchange-record.ts';
import type { ExchangeStore } from '../domain/exchange-store.ts';
import type { Secret } from '../domain/secret.ts';
import type { Stored, WriteCondition, WriteResult } from '../domain/store.ts';
import { exchangeCodec } from './exchange-codec.ts';
import type { Kv } from './kv.ts';
import type { PathKey } from './path-key.ts';
import { RecordFiles } from './record-files.ts';

const FAN_DIGITS = 2;

/** Exchanges as `exchanges/<fan>/<key>`; a fan is a shard of the sweep. */
export class VaultExchangeStore implements ExchangeStore {
  readonly shards = 16 ** FAN_DIGITS;
  readonly #kv: Kv;
  readonly #pathKey: PathKey;
  readonly #files: RecordFiles<ExchangeRecord>;

  constructor(kv: Kv, pathKey: PathKey) {
    this.#kv = kv;
    this.#pathKey = pathKey;
    this.#files = new RecordFiles(kv, { pathKeyId: pathKey.id, codec: exchangeCodec });
  }

  read(code: Secret): Promise<Stored<ExchangeRecord>> {
    return this.#files.read(this.#path(code));
  }

  write(code: Secret, record: ExchangeRecord, condition: WriteCondition): Promise<WriteResult> {
    return this.#files.write(this.#path(code), record, condition);
  }

  remove(code: Secret): Promise<void> {
    return this.#kv.remove(this.#path(code));
  }

  /** Ages come from Vault's clock alone: a replica whose clock is wrong must not remove a young record. */
  async removeOlder(shard: number, ageMs: number): Promise<void> {
    const folder = `exchanges/${shard.toString(16).padStart(FAN_DIGITS, '0')}`;
    for (const name of await this.#kv.list(folder)) {
      const path = `${folder}/${name}`;
      const age = await this.#kv.age(path);
      if (age !== undefined && age > ageMs) await this.#kv.remove(path);
    }
  }

  #path(code: Secret): string {
    return `exchanges/${this.#pathKey.fanned('exchange', code.reveal(), FAN_DIGITS)}`;
  }
}
