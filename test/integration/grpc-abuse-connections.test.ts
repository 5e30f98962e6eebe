import { once } from 'node:events';
import { constants } from 'node:http2';
import { connect as connectPlain } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { abusedServer } from '../support/grpc-abuse.ts';
import {
  END_HEADERS,
  END_STREAM,
  FRAME,
  type Frame,
  FrameConnection,
  headerBlock,
} from '../support/http2-frames.ts';
import { OPERATOR } from '../support/running-grpc-server.ts';

const abused = abusedServer();

const PROPER: readonly (readonly [string, string])[] = [
  [':method', 'POST'],
  [':scheme', 'https'],
  [':path', '/tokenvault.v1.TokenVault/GetUser'],
  [':authority', 'localhost'],
  ['content-type', 'application/grpc'],
];
const without = (name: string) => PROPER.filter(([other]) => other !== name);

let connection: FrameConnection | undefined;
afterEach(() => {
  connection?.socket.destroy();
});

describe('headers that HTTP/2 forbids', () => {
  it.each<[string, readonly (readonly [string, string])[]]>([
    ['B-006 no path', without(':path')],
    ['B-006 an empty path', [...without(':path'), [':path', '']]],
    ['B-006 no method', without(':method')],
    ['B-031 a name in capitals', [...PROPER, ['Authorization', 'x']]],
    ['B-031 a header of HTTP/1', [...PROPER, ['connection', 'close']]],
    ['B-031 a pseudo-header twice', [...PROPER.slice(0, 4), ...PROPER.slice(1)]],
  ])('%s ends the stream, and reaches no use case', async (_row, pairs) => {
    connection = await FrameConnection.open(abused.running);
    const flags = END_HEADERS | END_STREAM;
    connection.send({ type: FRAME.HEADERS, flags, stream: 1, payload: headerBlock(pairs) });
    const reset = await connection.next(FRAME.RST_STREAM);
    expect(reset?.payload?.readUInt32BE(0)).toBe(constants.NGHTTP2_PROTOCOL_ERROR);
    expect(abused.running.vault.requests).toEqual([]);
  });

  it.each([
    ['a line break', 'a\r\nauthorization: b'],
    ['a zero byte', 'a\0b'],
  ])('B-031 are dropped where a value has %s', async (_what, value) => {
    connection = await FrameConnection.open(abused.running);
    const payload = Buffer.concat([
      headerBlock([...PROPER, ['x-request-id', value]]),
      headerBlock([['grpc-timeout', 'no timeout']]),
    ]);
    const flags = END_HEADERS | END_STREAM;
    connection.send({ type: FRAME.HEADERS, flags, stream: 1, payload });
    // Refused for what follows, so the call was read to the end.
    await connection.next(FRAME.HEADERS);
    expect(abused.running.logger.lines).toContainEqual(
      expect.objectContaining({ event: 'call_refused', cause: 'timeout' }),
    );
    expect(connection.received.map(({ payload }) => payload?.includes(value))).not.toContain(true);
  });

  it('B-031 two authorizations are refused', async () => {
    connection = await FrameConnection.open(abused.running);
    const pairs = [...PROPER, ['authorization', 'a'], ['authorization', 'b']] as const;
    const flags = END_HEADERS | END_STREAM;
    connection.send({ type: FRAME.HEADERS, flags, stream: 1, payload: headerBlock(pairs) });
    await connection.next(FRAME.HEADERS);
    expect(abused.running.logger.lines).toContainEqual(
      expect.objectContaining({ event: 'call_refused', cause: 'metadata' }),
    );
  });

  it('are not answered where the caller has already given up', async () => {
    connection = await FrameConnection.open(abused.running);
    for (let stream = 1; stream < 100; stream += 2) {
      const json = [...without('content-type'), ['content-type', 'text/html']] as const;
      connection.send(
        { type: FRAME.HEADERS, flags: END_HEADERS, stream, payload: headerBlock(json) },
        { type: FRAME.RST_STREAM, stream, payload: Buffer.alloc(4) },
      );
    }
    connection.send({ type: FRAME.PING, payload: Buffer.alloc(8) });
    expect(await connection.next(FRAME.PING)).toBeDefined();
  });
});

describe('a connection that breaks the rules of HTTP/2', () => {
  const many = (count: number, frame: Frame) => Array<Frame>(count).fill(frame);

  it.each<[string, readonly Frame[]]>([
    ['a CONTINUATION of nothing', [{ type: FRAME.CONTINUATION, stream: 1 }]],
    ['data on a stream that is not open', [{ type: FRAME.DATA, stream: 1 }]],
    ['a window that grows past its end', [windowUpdate(0x7fff_ffff)]],
    [
      'headers that are not compressed right',
      [headers(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff]))],
    ],
    ['an even stream', [{ ...headers(headerBlock(PROPER)), stream: 2 }]],
    ['settings of half a setting', [{ type: FRAME.SETTINGS, payload: Buffer.alloc(5) }]],
    [
      '20 000 streams that are taken back at once',
      Array.from({ length: 20_000 }, (_, index) => [
        { ...headers(headerBlock(PROPER)), stream: 2 * index + 1 },
        { type: FRAME.RST_STREAM, stream: 2 * index + 1, payload: Buffer.alloc(4) },
      ]).flat(),
    ],
    [
      'an endless block of headers',
      [
        { ...headers(headerBlock(PROPER)), flags: 0 },
        ...many(10_000, { type: FRAME.CONTINUATION, stream: 1, payload: Buffer.alloc(0) }),
      ],
    ],
  ])('with %s is ended', async (_what, frames) => {
    connection = await FrameConnection.open(abused.running);
    const closed = once(connection.socket, 'close');
    connection.send(...frames);
    await closed;
  });

  function headers(payload: Buffer) {
    return { type: FRAME.HEADERS, flags: END_HEADERS, stream: 1, payload };
  }

  function windowUpdate(by: number) {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(by);
    return { type: FRAME.WINDOW_UPDATE, payload };
  }
});

describe('a handshake', () => {
  /** How often refused handshakes were logged with this cause. */
  const logged = (cause: string) =>
    abused.running.logger.lines.filter(
      (line) => line.event === 'tls_refused' && line.cause === cause,
    );

  const endpoint = () => {
    const [host, port] = abused.running.address.split(':');
    return { host, port: Number(port) };
  };

  async function refused(options: ConnectionOptions): Promise<void> {
    const { authority } = abused.running;
    const pair = await authority.issueClient(OPERATOR);
    const socket = connect({
      ...endpoint(),
      ca: authority.cert,
      ...pair,
      servername: 'localhost',
      ALPNProtocols: ['h2'],
      ...options,
    });
    socket.on('error', () => undefined); // 'close' comes after it
    socket.resume();
    await new Promise((resolve) => socket.on('close', resolve));
  }

  it.each<[string, ConnectionOptions, string]>([
    [
      'B-033 of TLS 1.1',
      { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
      'ERR_SSL_UNSUPPORTED_PROTOCOL',
    ],
    ['B-033 without ALPN', { ALPNProtocols: undefined }, 'NO_H2'],
    ['B-033 for HTTP/1.1', { ALPNProtocols: ['http/1.1'] }, 'ERR_SSL_NO_APPLICATION_PROTOCOL'],
    [
      'without a certificate',
      { cert: undefined, key: undefined },
      'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE',
    ],
  ])('%s is refused, and logged with its code alone', async (_what, options, cause) => {
    await refused(options);
    await expect.poll(() => logged(cause)).toHaveLength(1);
    expect(Object.keys(logged(cause)[0] ?? {})).toEqual(['level', 'event', 'cause', 'times']);
  });

  it('B-033 in plain text is refused', async () => {
    const socket = connectPlain(endpoint());
    socket.on('error', () => undefined); // 'close' comes after it
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    await expect
      .poll(
        () => logged('ERR_SSL_HTTP_REQUEST').length + logged('ERR_SSL_WRONG_VERSION_NUMBER').length,
      )
      .toBe(1);
  });

  it('B-033 for a name that the server does not have is for the client to judge', async () => {
    const socket = connect({
      ...endpoint(),
      ca: abused.running.authority.cert,
      ...(await abused.running.authority.issueClient(OPERATOR)),
      servername: 'other.example',
      ALPNProtocols: ['h2'],
      checkServerIdentity: () => undefined,
    });
    await once(socket, 'secureConnect');
    socket.destroy();
  });
});

describe('a connection without calls', () => {
  it('is asked to end after 5 minutes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'Date'] });
    try {
      connection = await FrameConnection.open(abused.running);
      await connection.next(FRAME.SETTINGS);
      vi.advanceTimersByTime(299_000);
      vi.advanceTimersByTime(2_000);
      expect(await connection.next(FRAME.GOAWAY)).toBeDefined();
    } finally {
      vi.useRealTimers();
    }
  });
});
