import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { metricsOf } from '../../src/domain/metrics.ts';
import { RIGHTS_CHECK } from '../../src/gateway/rights-check.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts';
import { type HeldGoogle, holdGoogle } from '../support/hold-google.ts';
import { httpRequest } from '../support/http-request.ts';
import { defect } from '../support/product-process.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';
import {
  AUDIENCE,
  type IssuerKey,
  makeKey,
  RunningIssuer,
  SUBJECT,
} from '../support/token-issuer.ts';

const SECRET = 'ya29.planted-in-an-error';
const SOON = { timeout: 20_000, interval: 20 };

describe('`tokenvault gateway`', () => {
  let world: AppWorld;
  let app: RunningApp;
  let gateway: GatewayProcess;
  let google: HeldGoogle | undefined;

  beforeAll(async () => {
    world = await startWorld();
    app = await startRunningApp(world);
  });
  afterAll(async () => {
    await app?.stop();
    await world?.close();
  });
  afterEach(async () => {
    google?.release();
    await gateway.kill();
  });

  const readyz = async () => {
    const { status, body } = await httpRequest(gateway.opsPort, '/readyz');
    return { status, ...JSON.parse(body) };
  };

  /** Begins a post that Google keeps waiting. `finish` gives the status of its answer. */
  async function openPost(sub: string) {
    google = holdGoogle(world);
    const answer = gateway.post(await app.calls.mintCode(sub)).then(
      ({ status }) => status,
      () => 'cut off',
    );
    await google.arrived;
    const finish = () => {
      google?.release();
      return answer;
    };
    return { answer, finish };
  }

  it('counts what it answers, and has every metric of its own and none of the service', async () => {
    gateway = await startGatewayProcess(world, app.port);
    expect((await gateway.post(await app.calls.mintCode('app-user'))).status).toBe(200);
    expect((await gateway.post('4/0A-made-up')).status).toBe(409);
    const { status, body } = await httpRequest(gateway.opsPort, '/metrics');
    expect(status).toBe(200);
    const names = [...body.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
    expect(names.sort()).toEqual(
      metricsOf('gateway')
        .map(([name]) => name)
        .sort(),
    );
    const route = 'route="/v1/google/code"';
    const total = `tokenvault_gateway_requests_total{${route}`;
    await vi.waitUntil(async () => {
      const text = (await httpRequest(gateway.opsPort, '/metrics')).body;
      return (
        text.includes(`${total},status="200",reason=""} 1\n`) &&
        text.includes(`${total},status="409",reason="CODE_REJECTED"} 1\n`) &&
        text.includes(`tokenvault_gateway_request_seconds_count{${route}} 2\n`)
      );
    }, SOON);
    expect(body).not.toContain('app-user');
  });

  it('is ready while it reaches TokenVault, says since when it does not, and is alive throughout', async () => {
    const away = await startRunningApp(world);
    gateway = await startGatewayProcess(world, away.port);
    await vi.waitUntil(async () => (await readyz()).status === 200, SOON);
    expect(await readyz()).toEqual({ status: 200, state: 'ready', failing: [] });
    const gone = Date.now();
    await away.stop();
    await vi.waitUntil(async () => (await readyz()).status === 503, SOON);
    const { state, failing } = await readyz();
    expect(state).toBe('unavailable');
    expect(failing).toEqual([
      { dependency: 'token_vault', since: expect.any(String), detail: 'no connection' },
    ]);
    expect(Date.parse(failing[0].since)).toBeGreaterThanOrEqual(gone);
    expect((await readyz()).failing).toEqual(failing);
    expect((await httpRequest(gateway.opsPort, '/livez')).status).toBe(200);
    const { body } = await httpRequest(gateway.opsPort, '/metrics');
    expect(body).toContain(
      'tokenvault_dependency_failing{dependency="token_vault",cause="unreachable"} 1\n',
    );
  });

  it('believes the login alone, and follows its keys and the list of origins; what is broken changes nothing', async () => {
    const folder = dirname(world.configFile);
    const [keysFile, configFile] = [join(folder, 'jwks.json'), join(folder, 'gateway.yaml')];
    const [first, second] = await Promise.all([makeKey('first'), makeKey('second')]);
    const issuer = await RunningIssuer.start(first);
    const write = (keys: string) => writeFile(keysFile, keys);
    await write(JSON.stringify({ keys: [first.jwk] }));
    gateway = await startGatewayProcess(world, app.port, {
      env: {
        TOKENVAULT_GATEWAY_LOGIN_JWT_ISSUER: issuer.issuer,
        TOKENVAULT_GATEWAY_LOGIN_JWT_AUDIENCE: AUDIENCE,
        TOKENVAULT_GATEWAY_LOGIN_JWT_JWKS_FILE: keysFile,
      },
    });
    let account = 'logged-in';
    const statusOf = async (key?: IssuerKey, headers: Readonly<Record<string, string>> = {}) => {
      const login: Record<string, string> =
        key === undefined ? {} : { authorization: `Bearer ${await issuer.token({ key })}` };
      const code = await app.calls.mintCode(account, { prompt: 'consent' });
      return (await gateway.post(code, { ...login, ...headers })).status;
    };
    /** Has it look now. @param times in all that this has happened */
    const looked = async (event: string, part: string, times = 1) => {
      gateway.signal('SIGHUP');
      const seen = () => gateway.logged(event).filter((line) => line.part === part).length;
      await vi.waitUntil(() => seen() >= times, SOON);
    };

    expect([await statusOf(), await statusOf(second), await statusOf(first)]).toEqual([
      401, 401, 200,
    ]);
    expect((await app.calls.lookUp(SUBJECT)).userId).toBe('logged-in');
    const authorization = `Bearer ${await issuer.token()}`;
    const postOther = async (more: object) => {
      const code = await app.calls.mintCode('other', { prompt: 'consent' });
      const { text } = await gateway.post(
        { code, codeSource: 'MOBILE', ...more },
        { authorization },
      );
      return JSON.parse(text);
    };
    expect(await postOther({})).toMatchObject({
      reason: 'USER_MISMATCH',
      mismatch: 'externalUser',
    });
    expect(await postOther({ replaceAccount: true })).toMatchObject({ userId: 'other' });
    expect((await app.calls.lookUp(SUBJECT)).userId).toBe('other');
    account = 'other';
    const broken = ['{"keys":', '{"keys":[{"kid":"second","kty":"oct"}]}'];
    for (const [at, text] of broken.entries()) {
      await write(text);
      await looked('config_refused', 'gateway.login_jwt', at + 1);
      expect(await statusOf(first)).toBe(200);
    }
    await write(JSON.stringify({ keys: [second.jwk] }));
    await looked('config_taken', 'gateway.login_jwt');
    expect([await statusOf(first), await statusOf(second)]).toEqual([401, 200]);

    const page = { origin: 'https://app.example.com' };
    expect(await statusOf(second, page)).toBe(403);
    const { gateway: section, ...others } = parse(await readFile(configFile, 'utf8'));
    const listed = { ...section, cors_origins: [page.origin] };
    await writeFile(configFile, stringify({ gateway: listed, ...others }));
    await looked('config_taken', 'file');
    expect(await statusOf(second, page)).toBe(200);
    await issuer.close();
    expect(issuer.fetches).toBe(0);
    // It asked for what it must not have, and was refused.
    expect(gateway.logged('gateway_may_do_more')).toEqual([]);
    const asked = app.logged.map((line) => JSON.parse(line)).filter(({ event }) => event === 'rpc');
    const rpcs = ['GetUser', 'GetAccessToken', 'BatchGetAccessTokens', 'RevokeUser'];
    const checks = asked.filter(({ requestId }) => requestId === RIGHTS_CHECK);
    expect(checks.map(({ method, reason }) => [method, reason])).toEqual(
      expect.arrayContaining(rpcs.map((method) => [method, 'CALLER_NOT_ALLOWED'])),
    );
  });

  it('takes nothing of a change of which one part proves to be wrong', async () => {
    gateway = await startGatewayProcess(world, app.port);
    const configFile = join(dirname(world.configFile), 'gateway.yaml');
    const { gateway: section, ...others } = parse(await readFile(configFile, 'utf8'));
    // It may not exchange codes.
    const { certFile: cert_file, keyFile: key_file } = world.certificates.clients.operator;
    const changed = {
      ...section,
      token_vault_tls: { ...section.token_vault_tls, cert_file, key_file },
      login_jwt: { issuer: 'http://127.0.0.1:1', audience: AUDIENCE },
    };
    await writeFile(configFile, stringify({ gateway: changed, ...others }));
    gateway.signal('SIGHUP');
    await vi.waitUntil(() => gateway.logged('config_refused').length > 0, SOON);
    expect((await gateway.post(await app.calls.mintCode('part-refused'))).status).toBe(200);
  });

  it('B-111: an app that went away collects the outcome with the same request; Google was asked once', async () => {
    gateway = await startGatewayProcess(world, app.port);
    google = holdGoogle(world);
    const code = await app.calls.mintCode('went-away');
    const gone = new AbortController();
    const first = gateway.post(code, {}, gone.signal).catch(() => 'went away');
    await google.arrived;
    gone.abort();
    expect(await first).toBe('went away');
    google.release();
    await vi.waitUntil(async () => (await gateway.post(code)).status === 200, SOON);
    const sent = world.googleTap
      .matching('/token')
      .filter(({ body }) => new URLSearchParams(body).get('code') === code);
    expect(sent).toHaveLength(1);
  });

  it('told to stop, it is draining until the last request has its answer, and exits with 0', async () => {
    gateway = await startGatewayProcess(world, app.port);
    const { finish } = await openPost('drains');
    gateway.signal('SIGTERM');
    await vi.waitUntil(async () => (await readyz()).state === 'draining', SOON);
    expect((await readyz()).status).toBe(503);
    expect(await finish()).toBe(200);
    expect(await gateway.ended).toBe(0);
  });

  it('ends at once on a second signal', async () => {
    gateway = await startGatewayProcess(world, app.port);
    const { answer } = await openPost('is-cut-off');
    gateway.signal('SIGTERM');
    await vi.waitUntil(async () => (await readyz()).state === 'draining', SOON);
    // What comes within a second of the first is the same signal, delivered twice.
    await vi.waitUntil(async () => {
      gateway.signal('SIGTERM');
      return (await Promise.race([gateway.ended, undefined])) !== undefined;
    }, SOON);
    expect(await gateway.ended).toBe(1);
    expect(await answer).toBe('cut off');
  });

  it.each([
    ['uncaughtException', 'throw new TypeError(process.env.PLANTED)', 'TypeError'],
    ['unhandledRejection', 'Promise.reject(process.env.PLANTED)', 'string'],
  ])(
    'after an error that nobody caught (%s) a request under way ends well, no text of the error is printed, and it exits with 1',
    async (origin, statement, error) => {
      gateway = await startGatewayProcess(world, app.port, {
        nodeArgs: defect(statement),
        env: { PLANTED: SECRET },
      });
      const { finish } = await openPost(`sees-${error}`);
      gateway.signal('SIGUSR2');
      await vi.waitUntil(async () => (await readyz()).state === 'draining', SOON);
      expect(await finish()).toBe(200);
      expect(await gateway.ended).toBe(1);
      expect(gateway.logged('uncaught_error')).toMatchObject([{ level: 'error', origin, error }]);
      const printed = gateway.printed.join('\n');
      expect(printed).not.toContain(SECRET);
      expect(printed).toContain('please report the log line `uncaught_error`');
    },
  );
});
