import type { Stored, WriteCondition, WriteResult } from '../domain/store.ts';
import type { Kv } from './kv.ts';
import { type Codec, decodeRecord, encodeRecord } from './record-codec.ts';

export interface RecordFilesOptions<R> {
  readonly pathKeyId: string;
  readonly codec: Codec<R>;
  /** Where a policy may lack the rights: the paths that it has to name. */
  readonly mayBeDenied?: string;
}

/** Records of one kind under paths of a mount. */
export class RecordFiles<R> {
  readonly #kv: Kv;
  readonly #pathKeyId: string;
  readonly #codec: Codec<R>;
  readonly #mayBeDenied: string | undefined;

  constructor(kv: Kv, options: RecordFilesOptions<R>) {
    this.#kv = kv;
    this.#pathKeyId = options.pathKeyId;
    this.#codec = options.codec;
    this.#mayBeDenied = options.mayBeDenied;
  }

  /** A record that `belongs` refuses is corrupt: it lies under a path that is not its own. */
  async read(path: string, belongs: (record: R) => boolean = () => true): Promise<Stored<R>> {
    const found = await this.#kv.read(path, this.#mayBeDenied);
    if (found.kind === 'absent') return found;
    const { version, writtenAt } = found;
    const decoded = decodeRecord(found.fields, this.#pathKeyId);
    const record = decoded && this.#codec.decode(decoded.content);
    if (decoded === undefined || record === undefined || !belongs(record)) {
      return { kind: 'corrupt', version };
    }
    return { kind: 'present', version, record, writeId: decoded.writeId, writtenAt };
  }

  async write(path: string, record: R, condition: WriteCondition): Promise<WriteResult> {
    const { writeId } = condition;
    const content = this.#codec.encode(record);
    const fields = encodeRecord(content, { pathKeyId: this.#pathKeyId, writeId });
    return this.#kv.write(path, fields, { ...condition, mayBeDenied: this.#mayBeDenied });
  }
}
