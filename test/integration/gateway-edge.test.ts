import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EdgeRules } from '../../src/gateway/edge-rules.ts';
import {
  APP_HEADERS,
  CODE_PATH,
  type GatewayFixture,
  PLANTED_CODE,
  startGatewayFixture,
} from '../support/gateway-fixture.ts';
import { rawRequest } from '../support/https-request.ts';

const PAGE = 'https://app.example.com';
const DEV_PAGE = 'http://localhost:5173';
const RULES: EdgeRules = {
  corsOrigins: [PAGE, DEV_PAGE],
  trustedProxies: [],
  rateLimits: { perAddressPerMinute: 0, perSessionPerMinute: 0 },
};

let fixture: GatewayFixture;

beforeAll(async () => {
  fixture = await startGatewayFixture();
});
afterEach(() => {
  fixture.gateway.setRules(RULES);
  fixture.reset();
});
afterAll(() => fixture.gateway.stop());

const body = { code: PLANTED_CODE };
const post = (headers: object = {}) => fixture.post(body, headers);

/** What a browser asks before a page may post. */
const preflight = (origin: string | undefined, headers: object = {}) =>
  fixture.send({
    method: 'OPTIONS',
    path: CODE_PATH,
    headers: {
      ...(origin === undefined ? {} : { origin }),
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,x-requested-with',
      ...headers,
    },
  });

function headOf(...headers: readonly string[]): string {
  const usual = Object.entries(APP_HEADERS).map(([name, value]) => `${name}: ${value}`);
  return [`POST ${CODE_PATH} HTTP/1.1`, 'Host: localhost', ...usual, ...headers, '\r\n'].join(
    '\r\n',
  );
}

/** Sends a head that announces a body, and never sends that. */
const headAlone = (...headers: readonly string[]) =>
  rawRequest(fixture.target, headOf('Content-Length: 99', ...headers));

describe('B-077: a page of another origin', () => {
  beforeAll(() => fixture.gateway.setRules(RULES));

  it.each([
    'null',
    'https://evil.example',
    'https://app.example.com.evil.example',
    'https://app.example.com:444',
    'http://app.example.com',
    'https://APP.example.com',
    `${PAGE}/`,
    `${PAGE}, ${PAGE}`,
    'http://localhost',
    'http://localhost:5174',
    '*',
    '',
  ])('is refused before its body is read, asked or not: %j', async (origin) => {
    for (const answer of [await post({ origin }), await preflight(origin)]) {
      expect(answer.status).toBe(403);
      expect(answer.json.reason).toBe('ORIGIN_NOT_ALLOWED');
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
      expect(answer.headers.vary).toBe('Origin');
    }
    expect(await headAlone(`Origin: ${origin}`)).toMatch(/^HTTP\/1\.1 403 /);
    expect(fixture.connection.calls).toEqual([]);
  });

  it.each([PAGE, DEV_PAGE])('that is listed may ask, post and read: %s', async (origin) => {
    const asked = await preflight(origin);
    expect(asked.status).toBe(204);
    expect(asked.text).toBe('');
    expect(asked.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'Authorization, Content-Type, X-Request-Id, X-Requested-With',
      'access-control-max-age': '3600',
      vary: 'Origin',
    });
    const answers = [await post({ origin }), await post({ origin, 'content-type': 'text/plain' })];
    expect(answers.map(({ status }) => status)).toEqual([200, 415]);
    for (const { headers } of [asked, ...answers]) {
      expect(headers['access-control-allow-origin']).toBe(origin);
      expect(headers['access-control-expose-headers']).toContain('Retry-After');
      expect(headers).not.toHaveProperty('access-control-allow-credentials');
      expect(headers.vary).toBe('Origin');
    }
  });

  it('is none where the gateway itself, or a proxy for it, serves the page', async () => {
    const origin = 'https://app.example.org';
    expect((await post({ origin, host: 'app.example.org' })).status).toBe(200);
    expect((await post({ origin, host: 'app.example.org:444' })).status).toBe(403);
  });

  it('is none where an app is no page: it sends no origin', async () => {
    const { status, headers } = await post();
    expect(status).toBe(200);
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect(headers.vary).toBe('Origin');
  });

  it.each([
    ['without an origin', { 'access-control-request-method': 'POST' }],
    ['that asks for nothing', { origin: PAGE }],
  ])('asks; OPTIONS %s is no such question: 405', async (_, headers) => {
    const answer = await fixture.send({ method: 'OPTIONS', path: CODE_PATH, headers });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('POST');
  });

  it('is another one from one request to the next, where the list changes', async () => {
    fixture.gateway.setRules({ ...RULES, corsOrigins: [] });
    expect((await post({ origin: PAGE })).status).toBe(403);
  });
});

describe('B-070: X-Forwarded-For', () => {
  const limited = (more: Partial<EdgeRules> = {}) =>
    fixture.gateway.setRules({
      ...RULES,
      rateLimits: { perAddressPerMinute: 1, perSessionPerMinute: 0 },
      ...more,
    });
  const from = async (...addresses: readonly string[]) => {
    const statuses: number[] = [];
    for (const address of addresses) {
      statuses.push((await post({ 'x-forwarded-for': address })).status);
    }
    return statuses;
  };
  const LOOPBACK = ['127.0.0.0/8', '::1'];

  it('says where a request comes from, from a configured proxy alone', async () => {
    limited({ trustedProxies: LOOPBACK });
    expect(await from('192.0.2.1', '192.0.2.2', '192.0.2.1')).toEqual([200, 200, 429]);
    expect(await from('192.0.2.3, 192.0.2.1', '192.0.2.4, 127.0.0.9')).toEqual([429, 200]);
    expect(await from('2001:db8::1', '2001:db8::ffff:2', '2001:db8:0:1::1')).toEqual([
      200, 429, 200,
    ]);
    limited();
    expect(await from('192.0.2.11', '192.0.2.12')).toEqual([200, 429]);
  });

  it('is not believed where it is no address: then the proxy is who asks', async () => {
    limited({ trustedProxies: LOOPBACK });
    expect((await from('junk', 'unknown', '', '192.0.2.1:80')).slice(1)).toEqual([429, 429, 429]);
  });
});

describe('too many requests of one address', () => {
  it('are refused before the body is read, with the wait until the next may come', async () => {
    fixture.gateway.setRules({
      ...RULES,
      trustedProxies: ['127.0.0.0/8', '::1'],
      rateLimits: { perAddressPerMinute: 2, perSessionPerMinute: 0 },
    });
    const from = { 'x-forwarded-for': '198.51.100.1', origin: PAGE };
    expect((await post(from)).status).toBe(200);
    // What is refused for another reason counts too.
    expect((await post({ ...from, 'content-type': 'text/plain' })).status).toBe(415);
    const { status, json, headers } = await post(from);
    expect(status).toBe(429);
    expect(json.reason).toBe('TOO_MANY_REQUESTS');
    expect(json.retryAfter).toBe(30);
    expect(headers['retry-after']).toBe('30');
    expect(headers['access-control-allow-origin']).toBe(PAGE);
    expect(await headAlone('X-Forwarded-For: 198.51.100.1')).toMatch(/^HTTP\/1\.1 429 /);
    // A stranger's page in a browser at that address uses nothing up, and a question is none.
    await post({ 'x-forwarded-for': '198.51.100.2', origin: 'https://evil.example' });
    await preflight(PAGE, { 'x-forwarded-for': '198.51.100.2' });
    expect((await post({ 'x-forwarded-for': '198.51.100.2' })).status).toBe(200);
    expect(fixture.metrics.labelsOf('tokenvault_gateway_rate_limited_total')).toEqual([
      { limit: 'address' },
      { limit: 'address' },
    ]);
    await expect
      .poll(() => fixture.logLines().filter(({ status: logged }) => logged === 429))
      .toMatchObject([
        { reason: 'TOO_MANY_REQUESTS', cause: 'address' },
        { reason: 'TOO_MANY_REQUESTS', cause: 'address' },
      ]);
    expect(JSON.stringify(fixture.logLines())).not.toContain('198.51.100');
  });
});

describe('B-075: a connection on which nothing comes', () => {
  it('is closed after its handshake', async () => {
    const { port, caPem } = fixture.target;
    const socket = connectTls({ port, host: 'localhost', ca: caPem }).resume();
    await once(socket, 'secureConnect');
    await once(socket, 'close');
  });
});

describe('B-075: a request that trickles in', () => {
  it.each([
    ['head', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: '],
    ['body', headOf('Content-Length: 4000')],
  ])('is closed when its time is over, however much of the %s still comes', async (_, begin) => {
    const { port, caPem } = fixture.target;
    const socket = connectTls({ port, host: 'localhost', ca: caPem }).resume();
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    socket.write(begin);
    const trickle = setInterval(() => socket.write('x'), 10);
    await once(socket, 'close');
    clearInterval(trickle);
    await fixture.send({ method: 'GET', path: '/healthz' });
    // What began before that one is on record by now, once.
    expect(fixture.logLines()).toMatchObject([
      { reason: 'REQUEST_TIMED_OUT' },
      { route: '/healthz', status: 200 },
    ]);
  });
});

describe('B-078: HTTP without TLS', () => {
  it('is refused, and sent nowhere else', async () => {
    const socket = connect(fixture.target.port, 'localhost');
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', () => undefined);
    socket.write(`POST ${CODE_PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await once(socket, 'close');
    expect(received).not.toMatch(/HTTP|location/i);
  });
});

it('B-076: a body of as many fields as there is room for is refused in one sentence', async () => {
  const names = Array.from({ length: 700 }, (_, at) => `"f${at}":"1"`);
  const text = `{"code":"${PLANTED_CODE}",${names.join(',')}}`;
  const { status, json } = await fixture.send({
    method: 'POST',
    path: CODE_PATH,
    headers: APP_HEADERS,
    body: text,
  });
  expect(status).toBe(400);
  expect(json.errors).toHaveLength(1);
});
