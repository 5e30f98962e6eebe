import { once } from 'node:events';
import http2 from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/domain/failure.ts';
import { RPC_NAMES } from '../../src/domain/rpc-name.ts';
import { frame, RawGrpc } from '../support/raw-grpc.ts';
import { type RunningGrpcServer, runGrpcServer } from '../support/running-grpc-server.ts';

const HALF = frame(Buffer.alloc(3), { length: 10 });
const LOOKS_LIKE_ONE = 'Bearer a.b.c';
const NOBODY = {
  http: 200,
  code: 'UNAUTHENTICATED',
  reason: 'CALLER_CREDENTIAL_INVALID',
  message: 'The caller could not be authenticated.',
};

let running: RunningGrpcServer;
let raw: RawGrpc;
let looked: number;

beforeEach(async () => {
  looked = 0;
  const callerOf = () => {
    looked += 1;
    throw new Failure('CALLER_CREDENTIAL_INVALID', { detail: 'token_form' });
  };
  const tokens = { policy: [], callers: () => ({ callerOf }) };
  running = await runGrpcServer(undefined, undefined, { reflection: true, tokens });
  const session = http2.connect(`https://127.0.0.1:${running.server.forTokens?.port}`, {
    ca: running.authority.cert,
    servername: 'localhost',
  });
  await once(session, 'remoteSettings');
  raw = new RawGrpc(session);
});

afterEach(async () => {
  raw.close();
  running.client.close();
  await running.server.stop(0);
});

/** How a call ends of which no more than this is sent: its message never comes whole. */
async function beginningOf(path: string, authorization?: string) {
  const headers = { ':path': path, authorization, 'x-request-id': 'req-1' };
  const { stream, answer } = raw.open({ headers, body: HALF, end: false });
  stream.on('response', () => stream.end());
  return answer;
}

const rpc = (name: string) => `/tokenvault.v1.TokenVault/${name}`;

/** What the server has written down, without its times. */
function records() {
  const { logger, metrics, audit } = running;
  return {
    decisions: audit.decisions.splice(0),
    lines: logger.lines.splice(0).map((line) => ({ ...line, durationMs: 0 })),
    calls: metrics.labelsOf('tokenvault_rpc_total'),
    seconds: metrics.labelsOf('tokenvault_rpc_seconds'),
  };
}

describe('a call without a token, on the port for tokens', () => {
  it.each(RPC_NAMES)('to %s is refused before its message is there', async (name) => {
    expect(await beginningOf(rpc(name))).toEqual(NOBODY);
    expect(looked).toBe(0);
  });

  it('is written down as one whose handler refuses it', async () => {
    expect(await beginningOf(rpc('GetUser'), 'Bearer')).toEqual(NOBODY);
    const byHeaders = records();
    const credentials = running.metrics.labelsOf('tokenvault_caller_credentials_total');
    expect(credentials).toEqual([{ outcome: 'token_form' }]);
    running.metrics.recorded.length = 0;
    const headers = {
      ':path': rpc('GetUser'),
      authorization: LOOKS_LIKE_ONE,
      'x-request-id': 'req-1',
    };
    expect(await raw.call({ headers, body: frame(Buffer.alloc(0)) })).toEqual(NOBODY);
    expect(looked).toBe(1);
    expect(byHeaders).toEqual(records());
    expect(byHeaders.decisions).toMatchObject([
      { method: 'GetUser', caller: undefined, requestId: 'req-1', code: 'UNAUTHENTICATED' },
    ]);
    expect(byHeaders.lines).toMatchObject([{ event: 'rpc', detail: 'token_form' }]);
  });

  it('gets no answer but NOT_READY where the audit cannot have its line, unless it revokes', async () => {
    Object.assign(running.audit, { required: true, writable: false });
    expect(await beginningOf(rpc('GetUser'))).toMatchObject({ reason: 'NOT_READY' });
    expect(await beginningOf(rpc('RevokeUser'))).toEqual(NOBODY);
  });

  it('whose caller has gone is written down all the same', async () => {
    const held: (() => void)[] = [];
    const { audit } = running;
    audit.record = (decision, settled) => {
      held.push(() => settled(true));
      audit.decisions.push(decision);
    };
    raw.open({ headers: { ':path': rpc('GetUser') }, body: HALF, end: false });
    await expect.poll(() => held.length).toBe(1);
    raw.close();
    await running.server.stop(50);
    for (const settle of held) settle();
    expect(records()).toMatchObject({ decisions: [{}], lines: [{}, { event: 'rpc' }] });
  });

  it.each([
    '/grpc.health.v1.Health/Watch',
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    '/another.Service/Method',
  ])('to %s is refused likewise, and counted among what was refused', async (path) => {
    expect(await beginningOf(path)).toEqual(NOBODY);
    expect(running.logger.lines).toMatchObject([{ event: 'call_refused', cause: 'token_missing' }]);
    expect(running.metrics.labelsOf('tokenvault_refused_total')).toHaveLength(1);
    expect(running.audit.decisions).toEqual([]);
  });

  it('to Health/Check is served', async () => {
    const headers = { ':path': '/grpc.health.v1.Health/Check' };
    expect(await raw.call({ headers, body: frame(Buffer.alloc(0)) })).toMatchObject({ code: 'OK' });
  });
});
