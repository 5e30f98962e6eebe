import { createSecureServer } from 'node:http2';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../src/dev/certificates.ts';
import { BoundedHttp, type HttpRequest } from '../../../src/http/bounded-http.ts';
import type { TransportFault } from '../../../src/http/transport-fault.ts';
import { systemClock } from '../../../src/observability/system-clock.ts';
import {
  type Answer,
  drop,
  json,
  type ScriptedServer,
  silence,
  startScriptedServer,
} from '../../support/scripted-server.ts';

describe('BoundedHttp', () => {
  let server: ScriptedServer;
  let http: BoundedHttp;

  beforeEach(async () => {
    server = await startScriptedServer();
    http = new BoundedHttp({ connectTimeoutMs: 500, connections: 1 }, { clock: systemClock });
  });

  afterEach(async () => {
    await http.close();
    await server.close();
  });

  function post(request: Partial<HttpRequest> = {}): Promise<Response> {
    return http.send({
      method: 'POST',
      url: `${server.url}/token`,
      body: 'a=1',
      timeoutMs: 5_000,
      maxBytes: 1_000,
      ...request,
    });
  }

  /** Whether the request that failed may have left. */
  async function sentOf(answer: Promise<Response>): Promise<boolean> {
    const fault: unknown = await answer.then(
      () => expect.unreachable('the request was answered'),
      (error: unknown) => error,
    );
    expect(fault).toMatchObject({ name: 'TransportFault' });
    return (fault as TransportFault).sent; // Its class was checked one line above.
  }

  it('gives back status, headers and body', async () => {
    server.answer = json(418, { a: 1 }, { 'x-header': 'yes' });
    const response = await post();
    expect(response.status).toBe(418);
    expect(response.headers.get('x-header')).toBe('yes');
    expect(await response.json()).toEqual({ a: 1 });
  });

  it('drops WWW-Authenticate', async () => {
    server.answer = json(401, {}, { 'www-authenticate': 'Bearer realm="x"' });
    expect((await post()).headers.has('www-authenticate')).toBe(false);
  });

  it.each([204, 304])('takes a %i, which has no body', async (status) => {
    server.answer = (response) => response.writeHead(status).end();
    expect((await post()).status).toBe(status);
  });

  it('skips informational answers', async () => {
    server.answer = (response) => {
      response.writeProcessing();
      response.writeHead(200).end('done');
    };
    expect(await (await post()).text()).toBe('done');
  });

  it('follows no redirect', async () => {
    server.answer = json(307, {}, { location: `${server.url}/elsewhere` });
    expect((await post()).status).toBe(307);
    expect(server.requests).toHaveLength(1);
  });

  it('takes a body of just the limit', async () => {
    server.answer = json(200, 'x'.repeat(1_000));
    expect(await (await post()).text()).toHaveLength(1_000);
  });

  const brokenAnswers: readonly [string, Answer][] = [
    ['is longer than the limit', json(200, 'x'.repeat(1_001))],
    ['breaks off at once', drop],
    [
      'breaks off in the body',
      (response) => {
        response.writeHead(200, { 'content-length': '500' }).write('half of');
        response.socket?.end();
      },
    ],
    [
      'drips past the deadline',
      (response) => {
        response.writeHead(200, { 'content-length': '500' }).write('half of');
      },
    ],
    ['does not come before the deadline', silence],
    ['has a status that does not exist', (response) => response.writeHead(799).end()],
    ['is no HTTP', (response) => response.socket?.end('nonsense\r\n\r\n')],
  ];
  it.each(brokenAnswers)('fails as sent, and sends once, when the answer %s', async (_, answer) => {
    server.answer = answer;
    expect(await sentOf(post({ timeoutMs: 300 }))).toBe(true);
    expect(server.requests).toHaveLength(1);
  });

  it('sends once over a kept connection that breaks', async () => {
    server.answer = json(200, {});
    await post();
    server.answer = drop;
    expect(await sentOf(post())).toBe(true);
    expect(server.requests).toHaveLength(2);
  });

  it('frees the connection of a request that was given up', async () => {
    server.answer = silence;
    await sentOf(post({ timeoutMs: 100 }));
    server.answer = json(200, {});
    expect((await post()).status).toBe(200);
  });

  it('never sends what was given up while it waited for a connection', async () => {
    const held = Promise.withResolvers<void>();
    server.answer = (response) => void held.promise.then(() => response.end('late'));
    const first = post();
    expect(await sentOf(post({ timeoutMs: 50, body: 'second' }))).toBe(false);
    held.resolve();
    expect(await (await first).text()).toBe('late');
    await post({ body: 'third' });
    expect(server.requests.map((request) => request.body)).toEqual(['a=1', 'third']);
  });

  it('refuses at once what is over 2048 requests, until some of them have ended', async () => {
    server.answer = silence;
    const many = Array.from({ length: 2_048 }, () => post({ timeoutMs: 1_000 }));
    expect(await sentOf(post({ timeoutMs: 60_000 }))).toBe(false);
    expect((await Promise.allSettled(many)).map(({ status }) => status)).not.toContain('fulfilled');
    server.answer = json(200, {});
    expect((await post()).status).toBe(200);
  });

  it('fails as unsent when the connection is refused', async () => {
    await server.close();
    expect(await sentOf(post())).toBe(false);
  });

  it('fails as unsent when the name does not resolve', async () => {
    expect(await sentOf(post({ url: 'http://nowhere.invalid/token' }))).toBe(false);
  });

  it('fails as unsent after it was closed', async () => {
    await http.close();
    expect(await sentOf(post())).toBe(false);
  });

  it('fails as unsent when the TLS handshake fails', async () => {
    expect(await sentOf(post({ url: server.url.replace('http:', 'https:') }))).toBe(false);
    expect(server.requests).toHaveLength(0);
  });

  it('speaks HTTP/1.1 also to a server that offers HTTP/2', async () => {
    const modern = await startModernServer();
    expect(await (await post({ url: modern.url })).text()).toBe('1.1');
    await modern.close();
  });

  it.each([
    ['the connection times out', 5_000],
    ['the deadline comes first', 100],
  ])('fails as unsent when the TLS handshake hangs and %s', async (_, timeoutMs) => {
    const mute = await startMuteServer();
    expect(await sentOf(post({ url: mute.url, timeoutMs }))).toBe(false);
    expect(mute.text()).not.toContain('a=1');
    mute.close();
  });
});

/** Offers HTTP/2 and HTTP/1.1, under an authority that all clients trust meanwhile; answers the version. */
async function startModernServer(): Promise<{ url: string; close(): Promise<void> }> {
  const authority = await createCertificateAuthority('Modern');
  const pair = await authority.issueServer(['127.0.0.1']);
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, authority.cert]);
  const sockets: TLSSocket[] = [];
  const server = createSecureServer({ ...pair, allowHTTP1: true }, (request, response) => {
    response.end(request.httpVersion);
  });
  server.on('secureConnection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on TCP has an address of this type.
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}/token`,
    close() {
      setDefaultCACertificates(trusted);
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Takes connections, and says nothing. */
async function startMuteServer(): Promise<{ url: string; text(): string; close(): void }> {
  const received: Buffer[] = [];
  const server: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => received.push(Buffer.from(chunk)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `https://127.0.0.1:${port}/token`,
    text: () => Buffer.concat(received).toString('latin1'),
    close: () => server.close(),
  };
}
