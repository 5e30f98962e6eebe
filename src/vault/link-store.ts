import type { LinkRecord, LinkStore } from '../domain/link-store.ts';
import type { Stored, WriteCondition, WriteResult } from '../domain/store.ts';
import type { Kv } from './kv.ts';
import { linkCodec } from './link-codec.ts';
import type { PathKey } from './path-key.ts';
import { RecordFiles } from './record-files.ts';

/** As many folders as users have: there are about as many names. */
const FAN_DIGITS = 3;

/** Links as `links/<fan>/<key>`, which policies of earlier releases do not allow. */
export class VaultLinkStore implements LinkStore {
  readonly #pathKey: PathKey;
  readonly #files: RecordFiles<LinkRecord>;

  constructor(kv: Kv, pathKey: PathKey) {
    this.#pathKey = pathKey;
    const options = { pathKeyId: pathKey.id, codec: linkCodec, mayBeDenied: 'links/*' };
    this.#files = new RecordFiles(kv, options);
  }

  read(externalUserId: string): Promise<Stored<LinkRecord>> {
    const path = this.#path(externalUserId);
    return this.#files.read(path, (record) => record.externalUserId === externalUserId);
  }

  write(record: LinkRecord, condition: WriteCondition): Promise<WriteResult> {
    return this.#files.write(this.#path(record.externalUserId), record, condition);
  }

  #path(externalUserId: string): string {
    return `links/${this.#pathKey.fanned('link', externalUserId, FAN_DIGITS)}`;
  }
}
