import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http2 from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Metadata, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connect, type TokenVaultConnection } from '../../src/client/connect.ts';
import { GetUserRequest } from '../../src/client/messages.ts';
import { openConnection } from '../../src/client/open-connection.ts';
import { TokenVaultError } from '../../src/client/token-vault-error.ts';
import { Alerts } from '../../src/domain/alerts.ts';
import { GetAccessTokenRequest } from '../../src/gen/tokenvault/v1/token_vault.ts';
import { DEFAULT_GRPC_LIMITS } from '../../src/grpc/transport-limits.ts';
import { IssuedTokens } from '../../src/jwt/issued-tokens.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { BAD_TOKENS, CANARY } from '../support/bad-tokens.ts';
import { HealthClient } from '../support/health-client.ts';
import { frame, type RawAnswer, RawGrpc } from '../support/raw-grpc.ts';
import { entryForTokens } from '../support/rights.ts';
import {
  channelCredentials,
  DIAL_BY_ADDRESS,
  type RunningGrpcServer,
  runGrpcServer,
} from '../support/running-grpc-server.ts';
import { makeKey, RunningIssuer, SUBJECT } from '../support/token-issuer.ts';
import { until } from '../support/until.ts';

const MESSAGE = 'The caller could not be authenticated.';
const key = makeKey('first');
const request = GetAccessTokenRequest.fromPartial({ userId: '1', scopes: ['openid'] });
const body = frame(Buffer.from(GetAccessTokenRequest.encode(request).finish()));

let issuer: RunningIssuer;
let tokens: IssuedTokens;
let running: RunningGrpcServer;
let address: string;
let raw: RawGrpc;

beforeEach(async () => {
  issuer = await RunningIssuer.start(await key);
  running = await runGrpcServer(systemClock, DEFAULT_GRPC_LIMITS, {
    reflection: true,
    tokens: {
      policy: [entryForTokens(issuer.issuer, { subject: SUBJECT })],
      callers: (deps) => {
        const alerts = new Alerts(deps.logger, deps.metrics);
        tokens = new IssuedTokens([issuer.options()], { ...deps, alerts });
        return tokens;
      },
    },
  });
  address = `127.0.0.1:${running.server.forTokens?.port}`;
  raw = await dial();
});

afterEach(async () => {
  raw.close();
  running.client.close();
  await running.server.stop(0);
  await tokens.close();
  await issuer.close();
});

async function dial(pair: object = {}): Promise<RawGrpc> {
  const tls = { ca: running.authority.cert, servername: 'localhost', ...pair };
  const session = http2.connect(`https://${address}`, tls);
  await once(session, 'remoteSettings');
  return new RawGrpc(session);
}

/** A call with this `authorization`, and how often a use case ran. */
async function call(authorization: string | undefined): Promise<RawAnswer & { calls: number }> {
  const headers = authorization === undefined ? {} : { authorization };
  return { ...(await raw.call({ headers, body })), calls: running.vault.requests.length };
}

const SERVED = { http: 200, code: 'OK', calls: 1 };
const NOBODY = {
  http: 200,
  code: 'UNAUTHENTICATED',
  reason: 'CALLER_CREDENTIAL_INVALID',
  message: MESSAGE,
  calls: 0,
};

describe('a call on the port for tokens', () => {
  it('is served for the bearer of a good token, as the policy names them', async () => {
    expect(await call(`Bearer ${await issuer.token()}`)).toEqual(SERVED);
    expect(running.vault.contexts[0]?.caller).toMatchObject({
      id: `${issuer.issuer} ${SUBJECT}`,
      proof: 'jwt',
      token: { issuer: issuer.issuer },
    });
    const stranger = await issuer.token({ claims: { sub: 'stranger' } });
    expect(await call(`Bearer ${stranger}`)).toMatchObject({
      code: 'PERMISSION_DENIED',
      reason: 'CALLER_NOT_ALLOWED',
    });
    expect(running.logger.lines).toMatchObject([
      { event: 'rpc', code: 'OK', caller: `${issuer.issuer} ${SUBJECT}`, proof: 'jwt' },
      { event: 'rpc', code: 'PERMISSION_DENIED', caller: `${issuer.issuer} stranger` },
    ]);
  });

  it.each(BAD_TOKENS)('is refused with $row', async ({ make, fault }) => {
    expect(await call(`Bearer ${await make(issuer)}`)).toEqual(NOBODY);
    // Of Google and Vault nothing is there to be asked; of the issuer, its keys at most.
    expect(issuer.fetches).toBeLessThanOrEqual(1);
    expect(running.logger.lines).toMatchObject([{ event: 'rpc', detail: fault }]);
    expect(JSON.stringify(running.logger.lines)).not.toContain(CANARY);
    expect(JSON.stringify(running.metrics.recorded)).not.toContain(CANARY);
  });

  it.each<[string, (token: string) => string | undefined, string]>([
    ['no authorization', () => undefined, 'token_missing'],
    ['an empty one', () => '', 'token_form'],
    ['B-104 a small bearer', (token) => `bearer ${token}`, 'token_form'],
    ['B-104 two blanks', (token) => `Bearer  ${token}`, 'token_form'],
    ['B-104 no scheme', (token) => token, 'token_form'],
    ['B-104 no token', () => 'Bearer', 'token_form'],
    ['B-104 Basic', (token) => `Basic ${token}`, 'token_form'],
    ['B-104 two tokens in one', (token) => `Bearer ${token}, Bearer ${token}`, 'token_form'],
    ['B-102 two parts', (token) => `Bearer ${token.replace(/\.[^.]*$/, '')}`, 'token_form'],
    ['B-102 no last part', (token) => `Bearer ${token.replace(/[^.]*$/, '')}`, 'token_form'],
    ['B-102 four parts', (token) => `Bearer ${token}.AAAA`, 'token_form'],
    ['B-102 what is no base64url', (token) => `Bearer ${token}+`, 'token_form'],
  ])('is refused with %s', async (_what, authorizationOf, detail) => {
    expect(await call(authorizationOf(await issuer.token()))).toEqual(NOBODY);
    expect(running.logger.lines).toMatchObject([{ event: 'rpc', detail }]);
    expect(issuer.fetches).toBe(0);
  });

  it.each(['\t', '\u00a0'])(
    'B-104 is refused with %j for a blank, and printed nowhere',
    async (blank) => {
      const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
      const authorization = `Bearer${blank}${await issuer.token()}`;
      expect(await call(authorization)).toMatchObject({ reason: 'FIELD_INVALID', calls: 0 });
      // It is a habit of grpc-js to print metadata that it does not take.
      expect(printed).not.toHaveBeenCalled();
      printed.mockRestore();
    },
  );

  it.each([
    ['12 KB', 12_000, { code: 'RESOURCE_EXHAUSTED', calls: 0 }],
    ['1 MB', 1_000_000, { calls: 0 }],
  ])(
    'B-102 is refused with a token of %s, before anybody looks at it',
    async (_what, size, end) => {
      const token = `Bearer ${await issuer.token()}${'x'.repeat(size)}`;
      expect(await call(token)).toMatchObject(end);
      expect(running.metrics.labelsOf('tokenvault_caller_credentials_total')).toEqual([]);
    },
  );

  it('is refused with NOT_READY while there are no keys, and is not the caller’s fault', async () => {
    issuer.fault = (response) => response.writeHead(503).end();
    expect(await call(`Bearer ${await issuer.token()}`)).toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'NOT_READY',
      calls: 0,
    });
    expect(running.metrics.labelsOf('tokenvault_alerts_total')).toEqual([
      { alert: 'issuer_keys_unavailable' },
    ]);
  });

  it('ends at its deadline while the keys are on their way, and is not served when they come', async () => {
    const release = issuer.hold();
    const authorization = `Bearer ${await issuer.token()}`;
    const headers = { authorization, 'grpc-timeout': '200m' };
    expect(await raw.call({ headers, body })).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    release();
    expect(await raw.call({ headers: { authorization }, body })).toMatchObject({ code: 'OK' });
    expect(running.vault.requests).toHaveLength(1);
    expect(running.logger.lines.map(({ code }) => code)).toEqual(['DEADLINE_EXCEEDED', 'OK']);
  });

  it('B-089 does not see a client certificate: none is asked for', async () => {
    const other = await dial(await running.authority.issueClient('spiffe://td/operator'));
    expect(await other.call({ body })).toMatchObject({ code: 'UNAUTHENTICATED' });
    const headers = { authorization: `Bearer ${await issuer.token()}` };
    expect(await other.call({ body, headers })).toMatchObject({ code: 'OK' });
    expect(running.vault.contexts[0]?.caller.proof).toBe('jwt');
    other.close();
  });

  it('has the bounds that every call has', async () => {
    const headers = { authorization: `Bearer ${await issuer.token()}`, 'grpc-timeout': '5Sjunk' };
    expect(await raw.call({ headers, body })).toMatchObject({ reason: 'FIELD_INVALID' });
    const large = frame(Buffer.alloc(70_000));
    const { authorization } = headers;
    expect(await raw.call({ headers: { authorization }, body: large })).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
    });
  });
});

describe('without a token', () => {
  it('health is served', async () => {
    running.server.setServing(true);
    const health = new HealthClient({ ...running, address }, undefined);
    expect(await health.check('tokenvault.v1.TokenVault')).toBe('SERVING');
    health.close();
  });

  it.each(['v1', 'v1alpha'])('reflection %s is not; with one it is', async (version) => {
    const tool = new Client(address, channelCredentials(running.authority.cert, undefined), {
      ...DIAL_BY_ADDRESS,
    });
    const ask = (metadata: Metadata) => {
      const stream = tool.makeBidiStreamRequest(
        `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        metadata,
      );
      stream.end(Buffer.from([0x3a, 0x00])); // list_services
      return new Promise<unknown>((resolve) => {
        stream.on('error', (error) => resolve(Reflect.get(error, 'code')));
        stream.on('data', (answer: Buffer) => resolve(answer.toString('latin1')));
      });
    };
    expect(await ask(new Metadata())).toBe(status.UNAUTHENTICATED);
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${await issuer.token()}`);
    expect(await ask(metadata)).toContain('tokenvault.v1.TokenVault');
    tool.close();
  });
});

describe('the port for tokens', () => {
  it('drains with the other', async () => {
    const held = Promise.withResolvers<void>();
    const { onGetUser } = running.vault;
    running.vault.onGetUser = () => held.promise.then(onGetUser);
    const connection = connectWith(() => issuer.token());
    const answer = connection.getUser(GetUserRequest.fromPartial({ userId: '1' }), {
      timeoutMs: 10_000,
    });
    await expect.poll(() => running.vault.requests.length).toBe(1);
    const stopped = running.server.stop(10_000);
    held.resolve();
    await expect(answer).resolves.toBeDefined();
    await stopped;
    connection.close();
  });

  it('takes another certificate while it runs', async () => {
    const pair = await running.authority.issueServer(['localhost', 'renewed.example']);
    running.server.forTokens?.setTls(pair);
    const connection = connectWith(() => issuer.token(), 'renewed.example');
    await expect(getUser(connection)).resolves.toBeDefined();
    connection.close();
  });
});

function connectWith(bearerToken: () => Promise<string>, serverName = 'localhost') {
  return connect({ address, caPem: running.authority.cert, serverName, bearerToken });
}

function getUser(connection: TokenVaultConnection) {
  return connection.getUser(GetUserRequest.fromPartial({ userId: '1' }), { timeoutMs: 10_000 });
}

describe('the client library with a token', () => {
  it('shows the token that it is given for each call', async () => {
    const shown: string[] = [];
    const connection = connectWith(async () => {
      const token = await issuer.token({ claims: { jti: shown.length } });
      shown.push(token);
      return token;
    });
    await getUser(connection);
    await getUser(connection);
    expect(new Set(shown).size).toBe(2);
    expect(running.vault.contexts.map(({ caller }) => caller.token?.claims.jti)).toEqual([0, 1]);
    connection.close();
  });

  it('shows the token of a file, and another one once it is replaced', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tokenvault-jwt-'));
    const [caFile, jwtFile] = [join(folder, 'ca.pem'), join(folder, 'token')];
    const put = async (jti: string) => writeFile(jwtFile, await issuer.token({ claims: { jti } }));
    await Promise.all([writeFile(caFile, running.authority.cert), put('first')]);
    const connection = openConnection({ address, serverName: 'localhost', caFile, jwtFile });
    const shown = async () => {
      await getUser(connection);
      return running.vault.contexts.at(-1)?.caller.token?.claims.jti;
    };
    expect(await shown()).toBe('first');
    await put('second');
    await until('the second token', async () => (await shown()) === 'second');
    connection.close();
    await rm(folder, { recursive: true });
  });

  it.each([
    ['there is no token', () => Promise.reject(new Error(CANARY))],
    ['the token is none that a header can hold', () => Promise.resolve(`two\n${CANARY}`)],
  ])('fails the call alone where %s', async (_what, bad) => {
    let has = false;
    const connection = connectWith(() => (has ? issuer.token() : bad()));
    const failure: unknown = await getUser(connection).catch((error: unknown) => error);
    expect(failure).toEqual(new TokenVaultError({ code: 'UNAUTHENTICATED', sent: false }));
    expect(String(failure)).not.toContain(CANARY);
    expect(running.logger.lines).toEqual([]);
    has = true;
    await expect(getUser(connection)).resolves.toBeDefined();
    connection.close();
  });
});
