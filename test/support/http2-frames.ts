import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { type Dialled, OPERATOR } from './running-grpc-server.ts';

/** RFC 9113 section 6. */
export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;
export const END_STREAM = 1;
export const END_HEADERS = 4;

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const HEADER_BYTES = 9;

export interface Frame {
  readonly type: number;
  readonly flags?: number;
  readonly stream?: number;
  readonly payload?: Buffer;
}

/** A frame's bytes, whatever is in it. */
export function frameBytes({ type, flags = 0, stream = 0, payload = Buffer.alloc(0) }: Frame) {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

/** RFC 7541 section 6.2.2, each name and value as it is: past every check of a library. */
export function headerBlock(pairs: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    pairs.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]),
  );
}

/** RFC 7541 section 5.2, without Huffman's code. */
function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const length = [Math.min(bytes.length, 127)];
  for (let rest = bytes.length - 127; rest >= 0; rest = rest < 128 ? -1 : rest >> 7) {
    length.push(rest < 128 ? rest : (rest & 127) | 128);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

/** An HTTP/2 connection on which frames are written and read as they are. */
export class FrameConnection {
  readonly socket: TLSSocket;
  #unread = Buffer.alloc(0);
  readonly received: Frame[] = [];

  constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on('error', () => undefined); // 'close' comes after it
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
  }

  /** Connects as a caller that may do everything, and greets. */
  static async open({ address, authority }: Dialled): Promise<FrameConnection> {
    const { cert, key } = await authority.issueClient(OPERATOR);
    const [host, port] = address.split(':');
    const names = { servername: 'localhost', ALPNProtocols: ['h2'] };
    const socket = connect({ host, port: Number(port), ca: authority.cert, cert, key, ...names });
    await once(socket, 'secureConnect');
    socket.write(Buffer.concat([Buffer.from(PREFACE), frameBytes({ type: FRAME.SETTINGS })]));
    return new FrameConnection(socket);
  }

  send(...frames: readonly Frame[]): void {
    this.socket.write(Buffer.concat(frames.map(frameBytes)));
  }

  /** The first frame of this type that came, once it has. */
  async next(type: number): Promise<Frame | undefined> {
    const find = () => this.received.find((frame) => frame.type === type);
    while (find() === undefined && !this.socket.destroyed) {
      await Promise.race([once(this.socket, 'data'), once(this.socket, 'close')]);
    }
    return find();
  }

  #read(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    while (this.#unread.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + this.#unread.readUIntBE(0, 3);
      if (this.#unread.length < end) return;
      this.received.push({
        type: this.#unread.readUInt8(3),
        flags: this.#unread.readUInt8(4),
        stream: this.#unread.readUInt32BE(5),
        payload: this.#unread.subarray(HEADER_BYTES, end),
      });
      this.#unread = this.#unread.subarray(end);
    }
  }
}
