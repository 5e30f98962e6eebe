import type { Stored, WriteCondition, WriteResult } from '../domain/store.ts';
import type { UserRecord } from '../domain/user-record.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { Kv } from './kv.ts';
import type { PathKey } from './path-key.ts';
import { RecordFiles } from './record-files.ts';
import { userCodec } from './user-codec.ts';

/** Folders of at most some thousand records each, also with millions of users. */
const FAN_DIGITS = 3;
/** More than the mount keeps (`max_versions` 2), should somebody raise that. */
const OLDER_VERSIONS = 10;

/** Users as `users/<fan>/<key>`. The record's metadata is never removed: its versions must not restart. */
export class VaultUserStore implements UserStore {
  readonly shards = 16 ** FAN_DIGITS;
  readonly #kv: Kv;
  readonly #pathKey: PathKey;
  readonly #files: RecordFiles<UserRecord>;

  constructor(kv: Kv, pathKey: PathKey) {
    this.#kv = kv;
    this.#pathKey = pathKey;
    this.#files = new RecordFiles(kv, { pathKeyId: pathKey.id, codec: userCodec });
  }

  read(userId: string): Promise<Stored<UserRecord>> {
    return this.#files.read(this.#path(userId), (record) => record.userId === userId);
  }

  write(record: UserRecord, condition: WriteCondition): Promise<WriteResult> {
    return this.#files.write(this.#path(record.userId), record, condition);
  }

  async list(shard: number): Promise<readonly string[]> {
    return (await this.#kv.list(folderOf(shard), 'users/*')).toSorted();
  }

  readListed(shard: number, name: string): Promise<Stored<UserRecord>> {
    const path = this.pathOf(shard, name);
    return this.#files.read(path, ({ userId }) => this.#path(userId) === path);
  }

  pathOf(shard: number, name: string): string {
    return `${folderOf(shard)}/${name}`;
  }

  async destroyOlderVersions(userId: string, version: number): Promise<void> {
    const oldest = Math.max(1, version - OLDER_VERSIONS);
    const older = Array.from({ length: version - oldest }, (_, index) => oldest + index);
    if (older.length > 0) await this.#kv.destroy(this.#path(userId), older);
  }

  #path(userId: string): string {
    return `users/${this.#pathKey.fanned('user', userId, FAN_DIGITS)}`;
  }
}

function folderOf(shard: number): string {
  return `users/${shard.toString(16).padStart(FAN_DIGITS, '0')}`;
}
