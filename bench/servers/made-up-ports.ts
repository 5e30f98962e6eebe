import { randomBytes } from 'node:crypto';
import type { TokenReply } from '../../src/domain/oauth-provider.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { UserRecord } from '../../src/domain/user-record.ts';
import { DEFAULT_OAUTH_CLIENT } from '../../src/grpc/field-rules.ts';
import type { ServiceDeps } from '../../src/service/service-deps.ts';
import { PathKey } from '../../src/vault/path-key.ts';
import { DRIVE } from '../load/call.ts';

type Ports = Pick<
  ServiceDeps,
  | 'users'
  | 'links'
  | 'exchanges'
  | 'revocations'
  | 'oauthClients'
  | 'keyedHash'
  | 'loggedUsers'
  | 'settings'
  | 'provider'
  | 'idTokens'
>;

const CLIENT_ID = 'bench.apps.googleusercontent.com';
/** Makes an access token of 220 characters, as Google's are. */
const TOKEN_BYTES = 160;
const TOKEN_LIFE_MS = 3_599_000;

/** A world that keeps nothing, so that what memory holds is the service's own. */
export function madeUpPorts(): Ports {
  return {
    users: {
      shards: 1,
      list: unused,
      readListed: unused,
      pathOf: (_shard, name) => name,
      read: async (userId) => present(connected(userId)),
      write,
      destroyOlderVersions: done,
    },
    links: { read: unused, write },
    exchanges: {
      shards: 1,
      read: unused,
      write,
      remove: done,
      removeOlder: done,
    },
    revocations: {
      leaderTerm: async () => 'bench 1',
      readLog: async () => ({ version: 0, log: { count: 0, keys: [] } }),
      writeLog: write,
      addMarker: done,
      removeMarker: done,
      listMarkers: async () => [],
    },
    oauthClients: { read: async (alias) => ({ kind: 'present', client: client(alias) }) },
    keyedHash: new PathKey({ id: 'bench', key: new Secret(randomBytes(32).toString('base64url')) }),
    loggedUsers: { of: (user) => ({ user, userKey: 'bench' }) },
    settings: { boundMs: 2_000, mode: 'available' },
    provider: {
      refresh: async () => tokens(),
      exchangeCode: unused,
      revoke: unused,
      probe: unused,
    },
    idTokens: { prepare: done, verify: unused },
  };
}

function present(record: UserRecord) {
  return { kind: 'present', version: 1, record, writeId: 'bench', writtenAt: 0 } as const;
}

function connected(userId: string): UserRecord {
  const grant = {
    clientId: CLIENT_ID,
    refreshToken: new Secret(`1//${userId}`),
    scopes: [DRIVE],
    obtainedAt: 0,
    state: 'live',
  } as const;
  const grants = new Map([[DEFAULT_OAUTH_CLIENT, [grant]]]);
  return { userId, generation: 1, state: 'active', toRevoke: [], grants };
}

function client(alias: string) {
  return {
    alias,
    clientId: CLIENT_ID,
    secrets: [new Secret('GOCSPX-bench')],
    redirectUris: [],
    codeSources: ['mobile'],
    defaultCodeSource: 'mobile',
    version: 1,
  } as const;
}

function tokens(): TokenReply {
  const accessToken = new Secret(`ya29.${randomBytes(TOKEN_BYTES).toString('base64url')}`);
  return { kind: 'tokens', accessToken, expiresInMs: TOKEN_LIFE_MS };
}

function done(): Promise<void> {
  return Promise.resolve();
}

async function write() {
  return { outcome: 'committed', version: 1 } as const;
}

async function unused(): Promise<never> {
  throw new Error('Nothing of the benchmark comes here.');
}
