import { once } from 'node:events';
import http2 from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_AUDIT } from '../../src/domain/audit.ts';
import { StartupProblems } from '../../src/domain/startup-problems.ts';
import { GetAccessTokenRequest } from '../../src/gen/tokenvault/v1/token_vault.ts';
import { createCallerPolicy } from '../../src/grpc/caller-policy.ts';
import { type GrpcServerOptions, startGrpcServer } from '../../src/grpc/server.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import type { IssuedToken } from '../../src/service/token-vault.ts';
import { ISSUED } from '../support/fakes/hand-written-token-vault.ts';
import { HealthClient } from '../support/health-client.ts';
import { frame, RawGrpc } from '../support/raw-grpc.ts';
import {
  errorOf,
  getAccessToken,
  OPERATOR,
  type RunningGrpcServer,
  runGrpcServer,
} from '../support/running-grpc-server.ts';
import { until } from '../support/until.ts';

const SERVICE = 'tokenvault.v1.TokenVault';
const FOR_OPERATORS = 'tokenvault.admin.v1.TokenVaultAdmin';

let running: RunningGrpcServer;
let health: HealthClient;

beforeEach(async () => {
  running = await runGrpcServer();
  health = new HealthClient(running, await running.authority.issueClient(OPERATOR));
});

afterEach(async () => {
  running.client.close();
  health.close();
  await running.server.stop(0);
});

/** Begins a call that is answered when the test says so; resolves once the use case has it. */
async function openCall(begin: () => Promise<unknown> = () => getAccessToken(running.client)) {
  let answer: (token: IssuedToken) => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    running.vault.onGetAccessToken = () => {
      resolve();
      return new Promise((settle) => {
        answer = settle;
      });
    };
  });
  const settled = begin();
  await reached;
  return { settled, finish: () => answer(ISSUED) };
}

describe('health', () => {
  it('follows what the server is told, overall and for each service', async () => {
    const all = ['', SERVICE, FOR_OPERATORS];
    for (const name of all) expect(await health.check(name)).toBe('NOT_SERVING');
    running.server.setServing(true);
    for (const name of all) expect(await health.check(name)).toBe('SERVING');
    running.server.setServing(false);
    expect(await health.check(SERVICE)).toBe('NOT_SERVING');
  });

  it('knows no other service', async () => {
    expect(await health.check('tokenvault.v2.TokenVault')).toBe(status.NOT_FOUND);
  });
});

describe('a stop', () => {
  it('lets running calls end and tells watchers, whose open streams do not hold it up', async () => {
    running.server.setServing(true);
    const seen = await health.watch('');
    const call = await openCall();
    const stopped = running.server.stop(60_000);
    await expect.poll(() => seen).toEqual(['SERVING', 'NOT_SERVING']);
    call.finish();
    expect(await call.settled).toMatchObject({ reply: { tokenType: 'Bearer' } });
    await stopped;
    await expect.poll(() => seen.at(-1)).toBe('ended');
  });

  it('takes no new calls', async () => {
    const call = await openCall();
    const stopped = running.server.stop(60_000);
    const late = await errorOf(getAccessToken(running.client, { timeoutMs: 5_000 }));
    expect(late.code).toBe(status.UNAVAILABLE);
    call.finish();
    await call.settled;
    await stopped;
  });

  it('asks a client to go elsewhere whose handshake was under way, and takes no call of it', async () => {
    const { cert, key } = await running.authority.issueClient(OPERATOR);
    const [host, port] = running.address.split(':');
    const begun = connectTcp(Number(port), host);
    await once(begun, 'connect');
    // The server has it by the time that it answers on a later connection.
    await getAccessToken(running.client);
    const call = await openCall();
    const stopped = running.server.stop(60_000);

    const names = { servername: 'localhost', ALPNProtocols: ['h2'] };
    const ca = running.authority.cert;
    const socket = connectTls({ socket: begun, ca, cert, key, ...names });
    const session = http2.connect('https://localhost', { createConnection: () => socket });
    const goAway = once(session, 'goaway');
    const late = new RawGrpc(session).call({ body: frame(Buffer.alloc(0)) });
    expect((await goAway).slice(0, 2)).toEqual([http2.constants.NGHTTP2_NO_ERROR, 0]);
    // By RFC 9113 section 8.7 the client may try elsewhere what was refused so.
    expect(await late).toEqual({ reset: http2.constants.NGHTTP2_REFUSED_STREAM });
    expect(running.vault.requests).toHaveLength(2);
    call.finish();
    await stopped;
  });

  it('lets a call end whose client is gone: what it did is still to be written down', async () => {
    // Other files share this process and what they left open, which can only become less.
    const open = () => process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP'));
    const withPort = open().length;
    const gone = await RawGrpc.connect(running);
    const message = GetAccessTokenRequest.fromPartial({ userId: '1', scopes: ['openid'] });
    const body = frame(Buffer.from(GetAccessTokenRequest.encode(message).finish()));
    const call = await openCall(() => gone.call({ body }));
    gone.close();
    const stopped = running.server.stop(60_000);
    await until('neither the port nor a connection is left', () => open().length < withPort);
    call.finish();
    await stopped;
    expect(running.audit.decisions).toMatchObject([{ code: 'OK' }]);
    expect(running.logger.lines).not.toContainEqual(
      expect.objectContaining({ event: 'calls_cut_off' }),
    );
  });

  it('cuts off what still runs after the grace', async () => {
    const call = await openCall();
    await running.server.stop(10);
    expect(await call.settled).toMatchObject({ error: { code: expect.any(Number) } });
    expect(running.logger.lines).toMatchObject([
      { level: 'warn', event: 'calls_cut_off', calls: 1 },
    ]);
  });

  it('happens once, however often it is asked for', async () => {
    await Promise.all([running.server.stop(1_000), running.server.stop(1_000)]);
  });
});

describe('a start', () => {
  const start = (
    options: Partial<GrpcServerOptions>,
    tls: Partial<GrpcServerOptions['tls']> = {},
  ) =>
    running.authority.issueServer(['localhost']).then((pair) =>
      startGrpcServer(
        {
          address: '127.0.0.1:0',
          tls: { ...pair, clientCa: running.authority.cert, ...tls },
          callers: { trustDomain: 'td' },
          ...options,
        },
        {
          tokenVault: running.vault,
          audit: NO_AUDIT,
          policy: createCallerPolicy([]),
          logger: running.logger,
          metrics: running.metrics,
          clock: systemClock,
          random: systemRandom,
        },
      ),
    );

  it('names an address that is taken', async () => {
    const problem = await start({ address: running.address }).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(StartupProblems);
    expect(problem).toMatchObject({ message: expect.stringContaining(running.address) });
  });

  it('refuses a key that does not belong to its certificate', async () => {
    const { key } = await running.authority.issueServer(['localhost']);
    await expect(start({}, { key })).rejects.toThrow(StartupProblems);
  });

  it.each(['', 'no certificate'])('refuses %j as the client CA', async (clientCa) => {
    await expect(start({}, { clientCa })).rejects.toThrow(StartupProblems);
  });
});
