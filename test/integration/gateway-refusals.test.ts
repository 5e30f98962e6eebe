import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  APP_HEADERS,
  CODE_PATH,
  type GatewayFixture,
  PLANTED_CODE,
  startGatewayFixture,
} from '../support/gateway-fixture.ts';
import { rawRequest } from '../support/https-request.ts';

let fixture: GatewayFixture;

beforeAll(async () => {
  fixture = await startGatewayFixture();
});
afterEach(() => {
  expect(fixture.connection.calls, 'nothing of it reaches TokenVault').toEqual([]);
  fixture.reset();
});
afterAll(() => fixture.gateway.stop());

const body = JSON.stringify({ code: PLANTED_CODE });

/** What a well-behaved app sends, but for the headers given. */
const HEAD = `POST ${CODE_PATH} HTTP/1.1
X-Requested-With: XmlHttpRequest
Content-Type: application/json`;

const raw = (head: string, rest = '') =>
  rawRequest(fixture.target, `${head.replaceAll('\n', '\r\n')}\r\n\r\n${rest}`);

function expectRefusal(answer: string, status: number, reason: string): void {
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).toMatch(/^cache-control: no-store\r$/im);
  expect(answer).toContain(`"reason":"${reason}"`);
}

describe('B-071: another method than POST', () => {
  it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'])(
    'is answered 405: %s',
    async (method) => {
      const answer = await fixture.send({ method, path: CODE_PATH, headers: APP_HEADERS });
      expect(answer.status).toBe(405);
      expect(answer.headers.allow).toBe('POST');
      expect(answer.json.reason).toBe('METHOD_NOT_ALLOWED');
    },
  );

  it('is answered 405: HEAD', async () => {
    expect((await fixture.send({ method: 'HEAD', path: CODE_PATH })).status).toBe(405);
  });
});

describe('B-072: a query', () => {
  it('is answered 400, and nobody logs it', async () => {
    const path = `${CODE_PATH}?code=${PLANTED_CODE}`;
    const answer = await fixture.send({ method: 'POST', path, headers: APP_HEADERS, body });
    expect(answer.status).toBe(400);
    expect(answer.json.reason).toBe('REQUEST_MALFORMED');
    await expect
      .poll(() => fixture.logLines())
      .toMatchObject([{ route: CODE_PATH, status: 400, reason: 'REQUEST_MALFORMED' }]);
  });
});

// The other half of B-077 is the app's: it compares the `state` with its session (docs/app-side.md),
// which the gateway never sees.
describe('B-077: no X-Requested-With', () => {
  it.each([{}, { 'x-requested-with': '' }])('is answered 403: %j', async (given) => {
    const headers = { 'content-type': 'application/json', ...given };
    const answer = await fixture.send({ method: 'POST', path: CODE_PATH, headers, body });
    expect(answer.status).toBe(403);
    expect(answer.json.reason).toBe('REQUESTED_WITH_MISSING');
  });
});

describe('B-073: another content than plain JSON', () => {
  it.each([
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'multipart/form-data; boundary=x' },
    { 'content-type': 'application/json; charset=utf-7' },
    { 'content-type': 'application/json; charset=utf-8; charset=utf-7' },
    { 'content-type': 'application/json, text/plain' },
    { 'content-type': 'application/jsonp' },
    { 'content-type': ['application/json', 'application/json'] },
    { 'content-encoding': 'gzip' },
  ])('is answered 415: %j', async (given) => {
    const answer = await fixture.post({ code: PLANTED_CODE }, given);
    expect(answer.status).toBe(415);
    expect(answer.json.reason).toBe('CONTENT_TYPE_NOT_SUPPORTED');
  });

  it('is answered 415: none named', async () => {
    const headers = { 'x-requested-with': 'XmlHttpRequest' };
    const answer = await fixture.send({ method: 'POST', path: CODE_PATH, headers, body });
    expect(answer.status).toBe(415);
  });
});

describe('B-074: too much, or of unclear length', () => {
  it('is answered 413: a body over 8 KiB', async () => {
    const answer = await fixture.post({ code: 'x'.repeat(8 * 1024) });
    expect(answer.status).toBe(413);
    expect(answer.json.reason).toBe('BODY_TOO_LARGE');
  });

  it('is answered 413: chunks without end, and the connection is closed', async () => {
    const chunk = `2000\r\n${'x'.repeat(0x2000)}\r\n`;
    const answer = await raw(`${HEAD}\nHost: localhost\nTransfer-Encoding: chunked`, chunk + chunk);
    expectRefusal(answer, 413, 'BODY_TOO_LARGE');
  });

  it.each([
    'Content-Length: 2\nContent-Length: 3',
    'Content-Length: 2\nTransfer-Encoding: chunked',
    'Content-Length: two',
  ])('is answered 400: %j', async (headers) => {
    const answer = await raw(`${HEAD}\nHost: localhost\n${headers}`, '{}');
    expectRefusal(answer, 400, 'REQUEST_MALFORMED');
  });

  it('is answered 431: headers over 8 KiB', async () => {
    const answer = await raw(`${HEAD}\nHost: localhost\nX: ${'x'.repeat(20_000)}`);
    expectRefusal(answer, 431, 'HEADERS_TOO_LARGE');
  });
});

describe('B-075: a request that does not come', () => {
  it.each([
    ['head', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n'],
    ['body', `${HEAD}\nHost: localhost\nContent-Length: 99\n\n{`.replaceAll('\n', '\r\n')],
  ])('is answered 408 and closed: the %s', async (_, bytes) => {
    expectRefusal(await rawRequest(fixture.target, bytes), 408, 'REQUEST_TIMED_OUT');
  });
});

describe('a connection', () => {
  it('is closed when its handshake does not come', async () => {
    const socket = connect(fixture.target.port, 'localhost').resume();
    await once(socket, 'close');
  });

  it('is closed at once where too many are open', async () => {
    const small = await startGatewayFixture({ maxConnections: 1 });
    const first = connect(small.target.port, 'localhost');
    await once(first, 'connect');
    const second = connect(small.target.port, 'localhost').resume();
    await once(second, 'close');
    expect(first.closed).toBe(false);
    first.destroy();
    await small.gateway.stop();
  });
});

describe('one address', () => {
  const rules = (trustedProxies: readonly string[]) => ({
    corsOrigins: [],
    trustedProxies,
    rateLimits: { perAddressPerMinute: 1_000, perSessionPerMinute: 0 },
  });

  it('has a tenth of all connections at most, which are closed as they come', async () => {
    const small = await startGatewayFixture({ maxConnections: 20, rules: rules([]) });
    const health = () => small.send({ method: 'GET', path: '/healthz' });
    for (let count = 1; count <= 5; count += 1) expect((await health()).status).toBe(200);
    const held = await Promise.all([1, 2].map(() => opened(small.target.port)));
    await once(connect(small.target.port, 'localhost').resume(), 'close');
    expect(small.metrics.labelsOf('tokenvault_gateway_rate_limited_total')).toEqual([
      { limit: 'connections' },
    ]);
    small.gateway.setRules(rules(['127.0.0.0/8', '::1']));
    expect((await health()).status, 'a trusted proxy has as many as it likes').toBe(200);
    small.gateway.setRules(rules([]));
    for (const socket of held) socket.destroy();
    await expect
      .poll(() =>
        health().then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200);
    await small.gateway.stop();
  });

  async function opened(port: number) {
    const socket = connect(port, 'localhost');
    await once(socket, 'connect');
    return socket;
  }
});

describe('B-076: a body that is not one flat object', () => {
  // Every form of it is in test/unit/gateway/code-body.test.ts. Memory is bounded by size:
  // of a body no more than 8 KiB are ever held, and what they parse to is let go with the answer.
  it.each([
    `{"code":"${PLANTED_CODE}","code":"b"}`,
    `\ufeff${body}`,
    `[${body}]`,
    `${body} {}`,
    `{"code":"${PLANTED_CODE}","__proto__":{}}`,
    `{"code":"${PLANTED_CODE}"`,
    '',
  ])('is answered 400: %j', async (text) => {
    const answer = await fixture.send({
      method: 'POST',
      path: CODE_PATH,
      headers: APP_HEADERS,
      body: text,
    });
    expect(answer.status).toBe(400);
    expect(answer.json.reason).toBe('REQUEST_MALFORMED');
  });

  it.each([{ codeSource: 'IOS' }, { codeSource: 1 }, { planted: PLANTED_CODE }])(
    'is answered 400: %j',
    async (wrong) => {
      const answer = await fixture.post({ code: PLANTED_CODE, ...wrong });
      expect(answer.status).toBe(400);
      expect(answer.json.reason).toBe('FIELD_INVALID');
      expect(answer.json.errors).toHaveLength(1);
    },
  );
});

describe('B-079: an address that is not the one', () => {
  it.each([
    ['//v1/google/code', 404, 'PATH_UNKNOWN'],
    ['/v1%2Fgoogle%2Fcode', 404, 'PATH_UNKNOWN'],
    ['/v1/google/code/', 404, 'PATH_UNKNOWN'],
    ['/', 404, 'PATH_UNKNOWN'],
    ['/%zz?code=planted', 400, 'REQUEST_MALFORMED'],
    ['https://localhost/v1/google/code', 400, 'REQUEST_MALFORMED'],
  ])('is answered so: %s', async (path, status, reason) => {
    const answer = await fixture.send({ method: 'POST', path, headers: APP_HEADERS, body });
    expect(answer.status).toBe(status);
    expect(answer.json.reason).toBe(reason);
    await expect.poll(() => fixture.logLines()).toMatchObject([{ status, reason }]);
  });

  it.each(['a b', 'localhost/x', 'user@localhost'])('is answered 400: host %j', async (host) => {
    const answer = await fixture.post({ code: PLANTED_CODE }, { host });
    expect(answer.status).toBe(400);
  });

  it.each(['X: no host', 'Host:', 'Host: localhost\nHost: elsewhere.example'])(
    'is answered 400: %j',
    async (headers) => {
      const answer = await raw(`${HEAD}\n${headers}\nContent-Length: ${body.length}`, body);
      expectRefusal(answer, 400, 'REQUEST_MALFORMED');
    },
  );
});
