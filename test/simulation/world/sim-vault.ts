import { Secret } from '../../../src/domain/secret.ts';
import { decodePathKey, encodePathKey, encodeSettings } from '../../../src/vault/mount-records.ts';
import type { PathKey } from '../../../src/vault/path-key.ts';
import { decodeRecord, encodeRecord } from '../../../src/vault/record-codec.ts';
import { revocationLogCodec, revocationMarkerCodec } from '../../../src/vault/revocation-codec.ts';
import { userCodec } from '../../../src/vault/user-codec.ts';
import type { History, StoredUser } from '../history.ts';
import type { Dice } from './dice.ts';
import type { Profile } from './profile.ts';
import { VaultCluster } from './vault/cluster.ts';
import type { KvRecordState } from './vault/kv-mount.ts';
import type { LogEntry } from './vault/vault-node.ts';

export const MOUNT = 'tokenvault';
export const CONFIG_MOUNT = 'tokenvault-config';

const LOG = `${MOUNT}/revocation-log`;

const KEY = { id: 'k1', key: new Secret('AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8') };

export interface VaultDeps {
  readonly dice: Dice;
  readonly history: History;
  readonly users: readonly string[];
  readonly time: () => number;
  readonly wall: () => number;
}

/** Vault as `tokenvault init` leaves it, and what it holds, in the words of the history. */
export class SimVault {
  readonly cluster: VaultCluster;
  readonly #history: History;
  readonly pathKey: PathKey;
  /** What has been decoded already: records never change in place. */
  readonly #users = new WeakMap<KvRecordState, readonly [string, StoredUser]>();
  /** The newest version that the history knows of each user. */
  readonly #last = new Map<string, number>();
  readonly #userOfKey: ReadonlyMap<string, string>;
  /** Entries of the revocation log that the history knows. */
  #named = 0;
  /** Undefined while nobody has looked since the last commit. */
  #unfinished: boolean | undefined;

  constructor(profile: Pick<Profile, 'vaultNodes' | 'boundMs' | 'mode'>, deps: VaultDeps) {
    const addresses = Array.from(
      { length: profile.vaultNodes },
      (_, index) => `http://vault-${index + 1}.example:8200`,
    );
    const mounts = new Map([
      [MOUNT, { casRequired: true, maxVersions: 2 }],
      [CONFIG_MOUNT, { casRequired: false, maxVersions: 10 }],
    ]);
    this.#history = deps.history;
    this.pathKey = pathKeyOf(encodePathKey(KEY));
    this.#userOfKey = new Map(deps.users.map((user) => [this.pathKey.of('user', user), user]));
    this.cluster = new VaultCluster({ addresses, mounts }, deps);
    this.cluster.put(`${MOUNT}/path-key`, encodePathKey(KEY));
    this.cluster.put(`${MOUNT}/settings`, encodeSettings(profile));
    const log = revocationLogCodec.encode({ count: 0, keys: [] });
    const envelope = { pathKeyId: KEY.id, writeId: 'init' };
    this.cluster.put(LOG, encodeRecord(log, envelope));
    this.cluster.onDeposedAnswer = () => {
      deps.history.fact({ kind: 'deposed-answer' });
    };
    this.cluster.onCommit = (entry) => this.#note(entry);
  }

  /** What `vault kv put` or `patch` of ops leaves there. */
  configureClient(alias: string, fields: Readonly<Record<string, string>>): void {
    this.cluster.put(`${CONFIG_MOUNT}/clients/${alias}`, fields);
  }

  /** What is stored of everybody now. */
  users(): ReadonlyMap<string, StoredUser> {
    const users = [...this.cluster.records()].flatMap(([path, record]) => {
      const user = this.#userAt(path, record);
      return user === undefined ? [] : [user];
    });
    return new Map(users);
  }

  /** Whether a revocation is not finished. */
  hasUnfinished(): boolean {
    if (this.#unfinished === undefined) {
      const users = [...this.users().values()];
      this.#unfinished =
        this.markers().length > 0 || users.some(({ state }) => state === 'revoking');
    }
    return this.#unfinished;
  }

  markers(): readonly string[] {
    return [...this.cluster.records()].flatMap(([path, record]) => {
      if (!path.startsWith(`${MOUNT}/revocations/`)) return [];
      const decoded = decodeRecord(newestOf(record), this.pathKey.id);
      const marker = decoded && revocationMarkerCodec.decode(decoded.content);
      return [marker === undefined ? path : `${marker.userId}-${marker.generation}`];
    });
  }

  #note({ path, record }: LogEntry): void {
    this.#unfinished = undefined;
    if (record && path === LOG) this.#noteNamed(record);
    const found = record && this.#userAt(path, record);
    if (found === undefined) return;
    const [user, stored] = found;
    // A destroyed older version is no new one.
    if (this.#last.get(user) === stored.version) return;
    this.#last.set(user, stored.version);
    this.#history.fact({ kind: 'stored', user, record: stored });
  }

  #noteNamed(record: KvRecordState): void {
    const decoded = decodeRecord(newestOf(record), this.pathKey.id);
    const log = decoded && revocationLogCodec.decode(decoded.content);
    if (log === undefined) return;
    for (; this.#named < log.count; this.#named += 1) {
      const user = this.#userOfKey.get(log.keys.at(this.#named - log.count) ?? '');
      if (user === undefined) continue;
      this.#history.fact({ kind: 'named', user, position: this.#named + 1 });
    }
  }

  #userAt(path: string, record: KvRecordState): readonly [string, StoredUser] | undefined {
    if (!path.startsWith(`${MOUNT}/users/`)) return undefined;
    const user = this.#users.get(record) ?? this.#decoded(record);
    if (user !== undefined) this.#users.set(record, user);
    return user;
  }

  #decoded(record: KvRecordState): readonly [string, StoredUser] | undefined {
    const decoded = decodeRecord(newestOf(record), this.pathKey.id);
    const user = decoded && userCodec.decode(decoded.content);
    if (user === undefined) return undefined;
    const grants = [...user.grants].flatMap(([oauthClient, list]) =>
      list.map(({ refreshToken, scopes, state }) => ({
        oauthClient,
        refreshToken: refreshToken.reveal(),
        scopes,
        state,
      })),
    );
    const { generation, state, externalUserId: name, consentedAt, providerRevocation } = user;
    const toRevoke = user.toRevoke.map((token) => token.reveal());
    const { version } = record;
    const stored = {
      version,
      generation,
      state,
      name,
      consentedAt,
      providerRevocation,
      toRevoke,
      grants,
    };
    return [user.userId, stored];
  }
}

function newestOf(record: KvRecordState): unknown {
  return record.kept.get(record.version)?.data;
}

function pathKeyOf(fields: object): PathKey {
  const pathKey = decodePathKey(fields);
  if (pathKey === undefined) throw new Error('no path key');
  return pathKey;
}
