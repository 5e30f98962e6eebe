import type { Clock } from '../../../src/domain/clock.ts';
import type { ExchangeRecord } from '../../../src/domain/exchange-record.ts';
import type { ExchangeStore } from '../../../src/domain/exchange-store.ts';
import type { LinkRecord, LinkStore } from '../../../src/domain/link-store.ts';
import type {
  OAuthClient,
  OAuthClientStore,
  StoredOAuthClient,
} from '../../../src/domain/oauth-client.ts';
import type {
  RevocationLogRecord,
  RevocationMarker,
  RevocationSettings,
  RevocationStore,
} from '../../../src/domain/revocation-store.ts';
import { Secret } from '../../../src/domain/secret.ts';
import type { UserRecord } from '../../../src/domain/user-record.ts';
import type { UserStore } from '../../../src/domain/user-store.ts';
import { PathKey } from '../../../src/vault/path-key.ts';
import { copyRecord } from './copy-record.ts';
import { StoreScript } from './store-script.ts';
import { VersionedRecords } from './versioned-records.ts';

const EXCHANGE_FAN_DIGITS = 2;
const USER_FAN_DIGITS = 3;

/**
 * All store ports over memory, as one Vault: the same versions, check-and-set and read-back as the
 * real adapter, which passes the same contract tests. `script` injects faults and counts calls.
 */
export class FakeVault {
  readonly script = new StoreScript();
  readonly keyedHash = new PathKey({ id: 'fake', key: new Secret('ZmFrZS1wYXRoLWtleQ') });
  readonly settings: RevocationSettings;
  /** Answer of `leaderTerm`; set another to play a new term of office. */
  term = 'fake-node 1';
  readonly users: UserStore;
  readonly links: LinkStore;
  readonly exchanges: ExchangeStore;
  readonly revocations: RevocationStore;
  readonly clients: OAuthClientStore;
  readonly #users: VersionedRecords<UserRecord>;
  readonly #links: VersionedRecords<LinkRecord>;
  readonly #exchanges: VersionedRecords<ExchangeRecord>;
  readonly #log: VersionedRecords<RevocationLogRecord>;
  readonly #markers = new Map<string, RevocationMarker>();
  readonly #clients = new Map<string, StoredOAuthClient>();
  #clientVersion = 0;

  constructor(clock: Clock, settings: Partial<RevocationSettings> = {}) {
    this.settings = { boundMs: 2_000, mode: 'available', ...settings };
    this.#users = new VersionedRecords<UserRecord>(clock, copyRecord);
    this.#links = new VersionedRecords<LinkRecord>(clock, copyRecord);
    this.#exchanges = new VersionedRecords<ExchangeRecord>(clock, copyRecord);
    this.#log = new VersionedRecords<RevocationLogRecord>(clock, copyRecord);
    this.users = this.#userStore();
    this.links = this.#linkStore();
    this.exchanges = this.#exchangeStore();
    this.revocations = this.#revocationStore();
    this.clients = {
      read: (alias) =>
        this.script.run('clients.read', () => this.#clients.get(alias) ?? { kind: 'absent' }),
    };
  }

  /** Configures a client, or changes some of its fields; each call makes a new version. */
  setClient(alias: string, fields: Partial<Omit<OAuthClient, 'alias' | 'version'>> = {}): void {
    const known = this.#clients.get(alias);
    this.#clientVersion += 1;
    const client: OAuthClient = {
      clientId: `${alias}.apps.example`,
      secrets: [new Secret(`secret-of-${alias}`)],
      redirectUris: [],
      codeSources: ['mobile'],
      defaultCodeSource: 'mobile',
      ...(known?.kind === 'present' ? known.client : {}),
      ...fields,
      alias,
      version: this.#clientVersion,
    };
    this.#clients.set(alias, { kind: 'present', client });
  }

  breakClient(alias: string, problem = 'client_secret is missing'): void {
    this.#clients.set(alias, { kind: 'broken', problem });
  }

  removeClient(alias: string): void {
    this.#clients.delete(alias);
  }

  /** Puts something unreadable in place of a user's record. */
  corrupt(userId: string): void {
    this.#users.corrupt(userId);
  }

  corruptLink(externalUserId: string): void {
    this.#links.corrupt(externalUserId);
  }

  corruptExchange(code: string): void {
    this.#exchanges.corrupt(code);
  }

  /** What a thief of the storage would find of a user: every version with its data, oldest first. */
  keptUserVersions(userId: string): readonly UserRecord[] {
    return this.#users.kept(userId);
  }

  get markers(): readonly RevocationMarker[] {
    return [...this.#markers.values()];
  }

  #userStore(): UserStore {
    const records = this.#users;
    const places = new Map<string, string>();
    const placeOf = (userId: string) => {
      const known = places.get(userId) ?? this.keyedHash.fanned('user', userId, USER_FAN_DIGITS);
      places.set(userId, known);
      const [fan = '', name = ''] = known.split('/');
      return { shard: Number.parseInt(fan, 16), name };
    };
    const inShard = (shard: number) =>
      records
        .keys()
        .map((userId) => ({ userId, ...placeOf(userId) }))
        .filter((place) => place.shard === shard);
    return {
      shards: 16 ** USER_FAN_DIGITS,
      list: (shard) =>
        this.script.run('users.list', () =>
          inShard(shard)
            .map(({ name }) => name)
            .sort(),
        ),
      readListed: (shard, name) =>
        this.script.run('users.readListed', () => {
          const found = inShard(shard).find((place) => place.name === name);
          return found === undefined ? { kind: 'absent', version: 0 } : records.read(found.userId);
        }),
      pathOf: (shard, name) => `users/${shard.toString(16).padStart(USER_FAN_DIGITS, '0')}/${name}`,
      read: (userId) => this.script.run('users.read', () => this.#users.read(userId)),
      write: (record, condition) =>
        this.script.run('users.write', () => this.#users.write(record.userId, record, condition)),
      destroyOlderVersions: (userId, version) =>
        this.script.run('users.destroyOlderVersions', () =>
          this.#users.destroyBelow(userId, version),
        ),
    };
  }

  #linkStore(): LinkStore {
    const records = this.#links;
    return {
      read: (name) => this.script.run('links.read', () => records.read(name)),
      write: (record, condition) =>
        this.script.run('links.write', () =>
          records.write(record.externalUserId, record, condition),
        ),
    };
  }

  #exchangeStore(): ExchangeStore {
    const records = this.#exchanges;
    return {
      shards: 16 ** EXCHANGE_FAN_DIGITS,
      read: (code) => this.script.run('exchanges.read', () => records.read(code.reveal())),
      write: (code, record, condition) =>
        this.script.run('exchanges.write', () => records.write(code.reveal(), record, condition)),
      remove: (code) => this.script.run('exchanges.remove', () => records.remove(code.reveal())),
      removeOlder: (shard, ageMs) =>
        this.script.run('exchanges.removeOlder', () => {
          for (const entry of records.ages()) {
            const place = this.keyedHash.fanned('exchange', entry.key, EXCHANGE_FAN_DIGITS);
            if (Number.parseInt(place, 16) === shard && entry.ageMs > ageMs) {
              records.remove(entry.key);
            }
          }
        }),
    };
  }

  #revocationStore(): RevocationStore {
    const nameOf = (marker: RevocationMarker) => `${marker.userId}-${marker.generation}`;
    return {
      leaderTerm: () => this.script.run('revocations.leaderTerm', () => this.term),
      readLog: () =>
        this.script.run('revocations.readLog', () => {
          const stored = this.#log.read('');
          const log = stored.kind === 'present' ? stored.record : { count: 0, keys: [] };
          return { version: stored.version, log };
        }),
      writeLog: (log, condition) =>
        this.script.run('revocations.writeLog', () => this.#log.write('', log, condition)),
      addMarker: (marker) =>
        this.script.run('revocations.addMarker', () => {
          this.#markers.set(nameOf(marker), { ...marker });
        }),
      removeMarker: (marker) =>
        this.script.run('revocations.removeMarker', () => {
          this.#markers.delete(nameOf(marker));
        }),
      listMarkers: (limit) =>
        this.script.run('revocations.listMarkers', () =>
          [...this.#markers.values()].slice(0, limit).map((marker) => ({ ...marker })),
        ),
    };
  }
}
