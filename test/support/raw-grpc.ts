import { once } from 'node:events';
import http2 from 'node:http2';
import { Metadata, status } from '@grpc/grpc-js';
import { type Dialled, OPERATOR } from './running-grpc-server.ts';
import { statusDetails } from './status-details.ts';

/** How a call ended, as it stood on the wire; what did not come is left out. */
export interface RawAnswer {
  readonly http?: number;
  readonly code?: string;
  readonly message?: string;
  readonly reason?: string;
  /** The HTTP/2 error code of a stream that was reset. */
  readonly reset?: number;
}

export interface RawCall {
  /** Over those of a proper call to GetAccessToken; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: Buffer;
  /** Default: true. */
  readonly end?: boolean;
}

const PROPER = {
  ':method': 'POST',
  ':path': '/tokenvault.v1.TokenVault/GetAccessToken',
  'content-type': 'application/grpc',
  te: 'trailers',
};

/** A gRPC message frame; `flag` and `length` may lie about what follows. */
export function frame(message: Buffer, { flag = 0, length = message.length } = {}): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt8(flag, 0);
  header.writeUInt32BE(length, 1);
  return Buffer.concat([header, message]);
}

/** A connection for calls that no proper client would make, under a proper client's certificate. */
export class RawGrpc {
  readonly session: http2.ClientHttp2Session;

  constructor(session: http2.ClientHttp2Session) {
    this.session = session;
    session.on('error', () => undefined); // each call tells of its own end
  }

  static async connect({ address, authority }: Dialled): Promise<RawGrpc> {
    const { cert, key } = await authority.issueClient(OPERATOR);
    const ca = authority.cert;
    const session = http2.connect(`https://${address}`, { ca, cert, key, servername: 'localhost' });
    await once(session, 'remoteSettings');
    return new RawGrpc(session);
  }

  /** Begins a call; its stream is there to go on with. */
  open({ headers = {}, body, end = true }: RawCall) {
    const all = { ...PROPER, ...headers };
    const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    const stream = this.session.request(sent, { endStream: end && body === undefined });
    const answer = answerOf(stream);
    if (body !== undefined) {
      if (end) stream.end(body);
      else stream.write(body);
    }
    return { stream, answer };
  }

  call(call: RawCall): Promise<RawAnswer> {
    return this.open(call).answer;
  }

  close(): void {
    this.session.destroy();
  }
}

function answerOf(stream: http2.ClientHttp2Stream): Promise<RawAnswer> {
  let headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader = {};
  let trailers: http2.IncomingHttpHeaders = {};
  stream.on('response', (received) => {
    headers = received;
  });
  stream.on('trailers', (received) => {
    trailers = received;
  });
  stream.on('error', () => undefined); // 'close' comes after it, with the code
  stream.resume();
  // A server that has said all leaves the client's half open: a proper client would end it.
  stream.on('end', () => stream.destroyed || stream.end());
  return new Promise((resolve) => {
    stream.on('close', () => resolve(answerFrom(headers, trailers, stream.rstCode)));
  });
}

function answerFrom(
  headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader,
  trailers: http2.IncomingHttpHeaders,
  rstCode: number | undefined,
): RawAnswer {
  const last = headers['grpc-status'] === undefined ? trailers : headers;
  const code = last['grpc-status'];
  const message = last['grpc-message'];
  const details = last['grpc-status-details-bin'];
  return {
    ...(headers[':status'] !== undefined && { http: headers[':status'] }),
    ...(code !== undefined && { code: status[Number(code)] }),
    ...(message !== undefined && message !== 'OK' && { message: decodeURI(String(message)) }),
    ...(details !== undefined && {
      reason: statusDetails(Metadata.fromHttp2Headers(last)).details.ErrorInfo.reason,
    }),
    ...(rstCode && { reset: rstCode }),
  };
}
