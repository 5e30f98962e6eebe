import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectivityState, Metadata, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TokenVaultConnection } from '../../src/client/connect.ts';
import { channelCredentials } from '../../src/client/credentials.ts';
import { GetUserRequest } from '../../src/client/messages.ts';
import { MACHINE, type OpenPorts, openConnection } from '../../src/client/open-connection.ts';
import { sendOver, type UnaryMethod } from '../../src/client/send.ts';
import { Servers } from '../../src/client/servers.ts';
import { TokenVaultError } from '../../src/client/token-vault-error.ts';
import {
  type CertificateAuthority,
  type CertificatePair,
  createCertificateAuthority,
} from '../../src/dev/certificates.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { Failure } from '../../src/domain/failure.ts';
import { TokenVaultClient } from '../../src/gen/tokenvault/v1/token_vault.ts';
import { statusOf } from '../../src/grpc/status.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { USER } from '../support/fakes/hand-written-token-vault.ts';
import {
  CALLER_ID,
  startTokenVaultServer,
  type TokenVaultServer,
} from '../support/token-vault-server.ts';
import { until } from '../support/until.ts';

const FILES = ['ca.pem', 'cert.pem', 'key.pem'] as const;
const OPTIONS = { timeoutMs: 10_000 };
/** A certificate is refused only after seconds without a connection. */
const TEN_TIMES_AS_FAST: Clock = {
  now: systemClock.now,
  monotonic: () => systemClock.monotonic() * 10,
  schedule: (ms, action) => systemClock.schedule(ms / 10, action),
};

let authority: CertificateAuthority;
let one: TokenVaultServer;
let other: TokenVaultServer;
let folder: string;
let connection: TokenVaultConnection;
let warnings: string[];

beforeEach(async () => {
  warnings = [];
  authority = await createCertificateAuthority('two replicas');
  [one, other] = await Promise.all([start(), start()]);
  folder = await mkdtemp(join(tmpdir(), 'tokenvault-client-'));
  await mount('first', await authority.issueClient(CALLER_ID));
  connection = open([one, other]);
});

afterEach(async () => {
  connection.close();
  await Promise.all([one.server.stop(0), other.server.stop(0)]);
  await rm(folder, { recursive: true });
});

const start = (port?: number) =>
  startTokenVaultServer(undefined, port === undefined ? { authority } : { authority, port });

function open(
  servers: readonly { readonly server: { readonly port: number } }[],
  ports?: OpenPorts,
): TokenVaultConnection {
  return openConnection(
    {
      address: servers.map(({ server }) => `localhost:${server.port}`).join(','),
      caFile: join(folder, 'ca.pem'),
      certFile: join(folder, 'cert.pem'),
      keyFile: join(folder, 'key.pem'),
    },
    { onWarning: (warning) => warnings.push(warning) },
    ports,
  );
}

/** Puts files in place as Kubernetes does: all of them at once, by the link beside them. */
async function mount(name: string, { cert, key }: CertificatePair): Promise<void> {
  await mkdir(join(folder, name));
  const texts = [authority.cert, cert, key];
  await Promise.all(FILES.map((file, at) => writeFile(join(folder, name, file), texts[at] ?? '')));
  await symlink(name, join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  if (name !== 'first') return;
  for (const file of FILES) await symlink(join('..data', file), join(folder, file));
}

const ANYBODY = GetUserRequest.fromPartial({ userId: '1' });
const call = () => connection.getUser(ANYBODY, OPTIONS);
const isConnected = (client: TokenVaultClient) =>
  client.getChannel().getConnectivityState(true) === connectivityState.READY;
const callsTo = ({ tokenVault }: TokenVaultServer) => tokenVault.requests.length;

/** Calls, four at a time, until `done`; what was thrown is thrown. */
async function callUntil(done: () => boolean): Promise<void> {
  const end = performance.now() + 20_000;
  const caller = async () => {
    while (!done()) {
      if (performance.now() > end) throw new Error('It never came to it.');
      await call();
    }
  };
  await Promise.all([caller(), caller(), caller(), caller()]);
}

describe('a connection to two replicas', () => {
  it('uses both, either alone while the other is gone, and both again', async () => {
    await callUntil(() => callsTo(one) > 20 && callsTo(other) > 20);
    const { port } = other.server;
    // At once, with calls under way.
    const stopped = other.server.stop(0);
    await callUntil(() => callsTo(one) > 200);
    await stopped;
    await callUntil(() => callsTo(one) > 300);
    other = await start(port);
    await callUntil(() => callsTo(other) > 20);
  });

  it('opens with one of them down', async () => {
    await other.server.stop(0);
    for (let made = 0; made < 10; made += 1) await call();
    expect(callsTo(one)).toBe(10);
  });

  it('opens with one that never says a word', async () => {
    const silent = createServer().listen(0, 'localhost');
    await once(silent, 'listening');
    // A server that listens on TCP has an address of this type.
    const { port } = silent.address() as AddressInfo;
    connection.close();
    connection = open([one, { server: { port } }]);
    for (let made = 0; made < 10; made += 1) await call();
    expect(callsTo(one)).toBe(10);
    silent.close();
  });

  it('passes over one that is not ready, at once', async () => {
    await callUntil(() => callsTo(one) > 0 && callsTo(other) > 0);
    const before = callsTo(other);
    other.tokenVault.onGetUser = async () => {
      throw new Failure('NOT_READY', { retryAfterMs: 60_000 });
    };
    for (let made = 0; made < 10; made += 1) await call();
    expect(callsTo(other)).toBe(before + 1);
  });

  it('says why the one refused that takes calls, not that the other was not there', async () => {
    const clients = [one, other].map(({ server, connectOptions }) => {
      const trust = channelCredentials(connectOptions);
      return new TokenVaultClient(`localhost:${server.port}`, trust);
    });
    const [first, second] = clients.map((client) => () => client);
    if (first === undefined || second === undefined) throw new Error('There are two.');
    const servers = new Servers([first, second], systemClock);
    await until('both are connected', () => clients.every(isConnected));
    const ends = [
      statusOf(new Failure('NOT_READY', { retryAfterMs: 60_000 }), 'r-1'),
      { code: status.UNAVAILABLE, details: 'No connection established. Last error: ECONNREFUSED' },
    ].map((end) => Object.assign(new Error(), { metadata: new Metadata() }, end));
    const method: UnaryMethod<TokenVaultClient, object, object> = (client, ...[, , , done]) => {
      done(ends.shift() ?? null, {});
      return client.getUser(ANYBODY, () => undefined);
    };
    const sent = sendOver(servers, systemClock)(method, {}, OPTIONS);
    await expect(sent).rejects.toMatchObject({ reason: 'NOT_READY', sent: true });
    expect(ends).toEqual([]);
    servers.close();
  });

  it('calls one that let a call run out of time while the other is down', async () => {
    await other.server.stop(0);
    one.tokenVault.onGetUser = () => new Promise(() => undefined);
    const late = connection.getUser(ANYBODY, { timeoutMs: 300 });
    await expect(late).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    one.tokenVault.onGetUser = async () => USER;
    // Less than it is passed over for.
    await connection.getUser(ANYBODY, { timeoutMs: 800 });
  });

  it('calls one that was not ready while the other is down', async () => {
    await other.server.stop(0);
    one.tokenVault.onGetUser = async () => {
      throw new Failure('NOT_READY', { retryAfterMs: 60_000 });
    };
    for (let made = 0; made < 2; made += 1) {
      await expect(call()).rejects.toMatchObject({ reason: 'NOT_READY' });
    }
    one.tokenVault.onGetUser = async () => USER;
    await call();
  });

  it('repeats a call no sooner than it is told', async () => {
    const at: number[] = [];
    const busyOnce = async () => {
      at.push(performance.now());
      if (at.length === 1) throw new Failure('STORE_UNAVAILABLE', { retryAfterMs: 200 });
      return USER;
    };
    one.tokenVault.onGetUser = busyOnce;
    other.tokenVault.onGetUser = busyOnce;
    await call();
    const [first = 0, second = 0] = at;
    expect(second - first).toBeGreaterThanOrEqual(200);
  });

  it('throws the reason of a call whose wait would outlive its deadline', async () => {
    const busy = async () => {
      throw new Failure('STORE_UNAVAILABLE', { retryAfterMs: 20_000 });
    };
    one.tokenVault.onGetUser = busy;
    other.tokenVault.onGetUser = busy;
    const failure = await call().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TokenVaultError);
    expect(failure).toMatchObject({ reason: 'STORE_UNAVAILABLE', retryAfterMs: 20_000 });
    expect(callsTo(one) + callsTo(other)).toBe(1);
  });
});

describe('the certificate of a caller', () => {
  const successor = 'spiffe://test.example/successor';
  const callerOf = ({ tokenVault }: TokenVaultServer) => tokenVault.contexts.at(-1)?.caller.id;

  it('is replaced under calls, and none fails', async () => {
    await callUntil(() => callerOf(one) === CALLER_ID && callerOf(other) === CALLER_ID);
    await mount('second', await authority.issueClient(successor));
    await callUntil(() => callerOf(one) === successor && callerOf(other) === successor);
    expect(warnings).toEqual([]);
  });

  it('stays where the new one is not taken by TokenVault, which is said', async () => {
    connection.close();
    connection = open([one, other], { ...MACHINE, clock: TEN_TIMES_AS_FAST });
    await call();
    const stranger = await createCertificateAuthority('stranger');
    await mount('second', await stranger.issueClient(successor));
    await until('the warning', () => warnings.length > 0);
    expect(warnings).toEqual([expect.stringContaining('could not be reached with the new ones')]);
    await call();
    expect([callerOf(one), callerOf(other)]).not.toContain(successor);
  });
});
