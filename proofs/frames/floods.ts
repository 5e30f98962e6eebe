import { constants } from 'node:http2';
import {
  END_HEADERS,
  END_STREAM,
  FRAME,
  FrameConnection,
  frameBytes,
  headerBlock,
} from '../../test/support/http2-frames.ts';
import { frame, RawGrpc } from '../../test/support/raw-grpc.ts';
import type { Dialled } from '../../test/support/running-grpc-server.ts';
import type { SeededNumbers } from '../../test/support/seeded-numbers.ts';
import { mutated } from './mutations.ts';
import { PROPER_CALLS } from './proper-calls.ts';

/** A way to send a server what no proper client would. */
export interface Flood {
  readonly what: string;
  /** Of all inputs, 0 to 1. */
  readonly share: number;
  /** Inputs of one batch. */
  readonly batch: number;
  open(server: Dialled, numbers: SeededNumbers): Promise<Flooding>;
}

export interface Flooding {
  /** Sends one batch, and waits for the end of each input. @throws Error for an end that is wrong */
  send(): Promise<void>;
  close(): void;
}

const AT_A_TIME = 50;
const FRAMES_PER_CONNECTION = 20;

/** How a message may end that was changed: read, or refused in our own words. */
const MESSAGE_ENDS = ['OK undefined', 'INVALID_ARGUMENT FIELD_INVALID'];

/** How a call may end whose bytes are wrong anywhere: nowhere by a defect, which is UNKNOWN. */
const CALL_ENDS = [
  'OK',
  'INVALID_ARGUMENT',
  'UNIMPLEMENTED',
  'RESOURCE_EXHAUSTED',
  'INTERNAL',
  'DEADLINE_EXCEEDED',
  415,
  `reset ${constants.NGHTTP2_PROTOCOL_ERROR}`,
];

const messages: Flood = {
  what: 'messages that were changed, and answers each',
  share: 0.6,
  batch: AT_A_TIME,
  open: (server, numbers) =>
    callsAtATime(server, async (raw) => {
      const [method, message] = numbers.pick(PROPER_CALLS);
      const sent = mutated(message, numbers);
      const headers = { ':path': `/tokenvault.v1.TokenVault/${method}` };
      const { code, reason } = await raw.call({ headers, body: frame(sent) });
      expectOneOf(MESSAGE_ENDS, `${code} ${reason}`, `${method} ${sent.toString('hex')}`);
    }),
};

const framings: Flood = {
  what: 'calls whose framing and headers were changed',
  share: 0.2,
  batch: AT_A_TIME,
  open: (server, numbers) =>
    callsAtATime(server, async (raw) => {
      const [method, message] = numbers.pick(PROPER_CALLS);
      const headers = {
        ':path': `/tokenvault.v1.TokenVault/${method}`,
        'grpc-timeout': '5S',
        ...changedHeader(numbers),
      };
      const body = mutated(frame(message), numbers);
      const { http, code, reset } = await raw.call({ headers, body });
      const sent = `${JSON.stringify(headers)} ${body.toString('hex')}`;
      expectOneOf(CALL_ENDS, code ?? http ?? `reset ${reset}`, sent);
    }),
};

const frames: Flood = {
  what: 'HTTP/2 frames that were changed',
  share: 0.2,
  batch: FRAMES_PER_CONNECTION,
  async open(server, numbers) {
    const send = async () => {
      const { socket } = await FrameConnection.open(server);
      const closed = new Promise((resolve) => socket.on('close', resolve));
      const parts = Array.from({ length: FRAMES_PER_CONNECTION }, () => changedFrames(numbers));
      socket.end(Buffer.concat(parts));
      await closed;
    };
    return { send, close: () => undefined };
  },
};

export const FLOODS: readonly Flood[] = [messages, framings, frames];

async function callsAtATime(
  server: Dialled,
  call: (raw: RawGrpc) => Promise<void>,
): Promise<Flooding> {
  const raw = await RawGrpc.connect(server);
  const send = async () => {
    await Promise.all(Array.from({ length: AT_A_TIME }, () => call(raw)));
  };
  return { send, close: () => raw.close() };
}

function expectOneOf(allowed: readonly unknown[], end: unknown, sent: string): void {
  if (!allowed.includes(end)) throw new Error(`It ended with ${end} for ${sent}`);
}

function changedHeader(numbers: SeededNumbers): Readonly<Record<string, string>> {
  const value = (text: string) =>
    mutated(Buffer.from(text), numbers)
      .toString('latin1')
      .replace(/[^ -~]/g, '~')
      .trim();
  const changed = numbers.pick<() => Record<string, string>>([
    () => ({}),
    () => ({ 'grpc-timeout': value('10S') }),
    () => ({ 'grpc-encoding': numbers.pick(['gzip', 'deflate', 'identity', 'br', value('gzip')]) }),
    () => ({ 'content-type': value('application/grpc') }),
    () => ({ 'x-request-id': value('request-1') }),
    () => ({ 'trace-bin': value('AAECAwQF') }),
    () => ({ ':path': `/${value('tokenvault.v1.TokenVault/GetUser')}` }),
  ]);
  return changed();
}

/** A call or a frame beside calls; one in four is left as it is, so that connections live on. */
function changedFrames(numbers: SeededNumbers): Buffer {
  const stream = 1 + 2 * numbers.below(20);
  const [method, message] = numbers.pick(PROPER_CALLS);
  const headers = headerBlock([
    [':method', 'POST'],
    [':scheme', 'https'],
    [':authority', 'localhost'],
    [':path', `/tokenvault.v1.TokenVault/${method}`],
    ['content-type', 'application/grpc'],
  ]);
  const call = [
    frameBytes({ type: FRAME.HEADERS, flags: END_HEADERS, stream, payload: headers }),
    frameBytes({ type: FRAME.DATA, flags: END_STREAM, stream, payload: frame(message) }),
  ];
  const setting = Buffer.from([0, 3, 0, 0, 0, 9]);
  const settings = frameBytes({ type: FRAME.SETTINGS, payload: setting });
  const window = frameBytes({ type: FRAME.WINDOW_UPDATE, payload: Buffer.from([0, 0, 1, 0]) });
  const reset = frameBytes({ type: FRAME.RST_STREAM, stream, payload: Buffer.alloc(4) });
  const ping = frameBytes({ type: FRAME.PING, payload: Buffer.alloc(8) });
  const bytes = numbers.pick([Buffer.concat(call), settings, window, reset, ping]);
  return numbers.below(4) === 0 ? bytes : mutated(bytes, numbers);
}
