import { connect, type TLSSocket } from 'node:tls';
import { FLAG, FRAME_TYPE, type Frame, FrameReader, writeFrame } from './frames.ts';
import { type RequestHeaders, requestHeaders } from './request-headers.ts';

/** Where load goes, and as whom; PEM. */
export interface Target {
  readonly port: number;
  readonly path: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

interface Waiting {
  readonly parts: Buffer[];
  readonly answer: (message: Buffer) => void;
  readonly fail: (error: Error) => void;
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** SETTINGS_INITIAL_WINDOW_SIZE, 16 MB: no reply ever waits for this client. */
const SETTINGS = Buffer.from([0, 4, 1, 0, 0, 0]);
/** Of the connection's window, returned as it is used. */
const WINDOW_BYTES = 1 << 24;
/** gRPC's own prefix of a message: not compressed, and its length. */
const PREFIX_BYTES = 5;

/**
 * One mTLS connection for unary calls, written straight in HTTP/2 frames: a client library would
 * cost as much as the server, and then the client would be what is measured.
 */
export class LoadConnection {
  readonly #socket: TLSSocket;
  readonly #headers: RequestHeaders;
  readonly #frames = new FrameReader();
  readonly #waiting = new Map<number, Waiting>();
  #outbox: Buffer[] = [];
  #nextStream = 1;
  #unreturned = 0;

  private constructor(socket: TLSSocket, path: string) {
    this.#socket = socket;
    this.#headers = requestHeaders(path);
    socket.on('data', (chunk: Buffer) => {
      for (const frame of this.#frames.read(chunk)) this.#take(frame);
    });
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error('The server closed the connection.')));
    this.#send(PREFACE);
    this.#sendFrame(FRAME_TYPE.settings, 0, SETTINGS);
    this.#returnWindow(WINDOW_BYTES);
  }

  static open({ port, path, ca, cert, key }: Target): Promise<LoadConnection> {
    const options = { port, ca, cert, key, servername: 'localhost', ALPNProtocols: ['h2'] };
    return new Promise((resolve, reject) => {
      const socket = connect({ ...options, host: 'localhost' }, () => {
        socket.off('error', reject);
        socket.setNoDelay(true);
        resolve(new LoadConnection(socket, path));
      });
      socket.once('error', reject);
    });
  }

  /** Sends one message; rejects where the call ends without one, as every failed call does. */
  call(message: Uint8Array): Promise<Buffer> {
    const stream = this.#nextStream;
    this.#nextStream += 2;
    const headers = stream === 1 ? this.#headers.first : this.#headers.later;
    const payload = Buffer.alloc(PREFIX_BYTES + message.length);
    payload.writeUInt32BE(message.length, 1);
    payload.set(message, PREFIX_BYTES);
    const { headers: type, data } = FRAME_TYPE;
    this.#send(writeFrame({ type, flags: FLAG.endHeaders, stream, payload: headers }));
    this.#send(writeFrame({ type: data, flags: FLAG.endStream, stream, payload }));
    return new Promise((answer, fail) => this.#waiting.set(stream, { parts: [], answer, fail }));
  }

  close(): void {
    this.#socket.destroy();
  }

  #take({ type, flags, stream, payload }: Frame): void {
    if (type === FRAME_TYPE.data) {
      this.#waiting.get(stream)?.parts.push(payload);
      this.#unreturned += payload.length;
      if (this.#unreturned > WINDOW_BYTES / 2) this.#returnWindow(this.#unreturned);
    }
    const isAnswer = type === FRAME_TYPE.data || type === FRAME_TYPE.headers;
    if (isAnswer && (flags & FLAG.endStream) !== 0) this.#settle(stream);
    if (type === FRAME_TYPE.resetStream) this.#settle(stream);
    const asks = (flags & FLAG.ack) === 0;
    if (type === FRAME_TYPE.settings && asks) this.#sendFrame(type, FLAG.ack, Buffer.alloc(0));
    if (type === FRAME_TYPE.ping && asks) this.#sendFrame(type, FLAG.ack, payload);
    if (type === FRAME_TYPE.goAway) this.#end(new Error('The server sent GOAWAY.'));
  }

  #settle(stream: number): void {
    const waiting = this.#waiting.get(stream);
    if (waiting === undefined) return;
    this.#waiting.delete(stream);
    const bytes = Buffer.concat(waiting.parts);
    if (bytes.length === 0) waiting.fail(new Error('A call ended without a reply.'));
    else waiting.answer(bytes.subarray(PREFIX_BYTES));
  }

  #end(error: Error): void {
    for (const { fail } of this.#waiting.values()) fail(error);
    this.#waiting.clear();
  }

  #returnWindow(bytes: number): void {
    this.#unreturned = 0;
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(bytes);
    this.#sendFrame(FRAME_TYPE.windowUpdate, 0, payload);
  }

  #sendFrame(type: number, flags: number, payload: Buffer): void {
    this.#send(writeFrame({ type, flags, stream: 0, payload }));
  }

  /** What one turn of the event loop sends leaves in one piece. */
  #send(bytes: Buffer): void {
    this.#outbox.push(bytes);
    if (this.#outbox.length > 1) return;
    process.nextTick(() => {
      const all = Buffer.concat(this.#outbox);
      this.#outbox = [];
      if (!this.#socket.destroyed) this.#socket.write(all);
    });
  }
}
