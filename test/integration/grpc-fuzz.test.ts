import { constants } from 'node:http2';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as wire from '../../src/gen/tokenvault/v1/token_vault.ts';
import {
  END_HEADERS,
  END_STREAM,
  FRAME,
  FrameConnection,
  frameBytes,
  headerBlock,
} from '../support/http2-frames.ts';
import { mutated, SeededNumbers } from '../support/mutations.ts';
import { frame, RawGrpc } from '../support/raw-grpc.ts';
import {
  getAccessToken,
  type RunningGrpcServer,
  runGrpcServer,
} from '../support/running-grpc-server.ts';

/** How many inputs are made in all; the long proof sets a million. */
const CASES = Number(process.env.FUZZ_CASES ?? 4_000);
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_123);
const AT_A_TIME = 50;
const FRAMES_PER_CONNECTION = 20;
const LEAK_BYTES = 16_000_000;
/** A million inputs take about ten minutes. */
const TIMEOUT_MS = 20_000 + CASES * 2;

let running: RunningGrpcServer;

beforeAll(async () => {
  running = await runGrpcServer();
});

afterAll(async () => {
  // An error that nobody caught fails the run by itself; this says that the server still serves.
  expect(await getAccessToken(running.client)).toHaveProperty('reply');
  running.client.close();
  await running.server.stop(0);
});

/** What was recorded would look like a leak. */
function forget(): void {
  running.logger.lines.length = 0;
  running.metrics.recorded.length = 0;
  running.vault.requests.length = 0;
  running.vault.contexts.length = 0;
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function heapBytes(): number {
  forget();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Runs `batch` until it has covered `count` cases, and checks that memory stays where it was. */
async function inBatches(count: number, size: number, batch: () => Promise<void>): Promise<void> {
  const batches = Math.max(2, Math.ceil(count / size));
  const warm = Math.ceil(batches / 4);
  for (let done = 0; done < warm; done += 1) await batch();
  const before = heapBytes();
  for (let done = warm; done < batches; done += 1) {
    await batch();
    forget();
  }
  expect(heapBytes() - before).toBeLessThan(LEAK_BYTES);
}

/** How a call may end whose bytes are wrong anywhere: nowhere by a defect, which is UNKNOWN. */
const ENDS = [
  'OK',
  'INVALID_ARGUMENT',
  'UNIMPLEMENTED',
  'RESOURCE_EXHAUSTED',
  'INTERNAL',
  'DEADLINE_EXCEEDED',
  415,
  `reset ${constants.NGHTTP2_PROTOCOL_ERROR}`,
];

const METHODS: readonly [[string, Buffer], ...[string, Buffer][]] = [
  [
    'GetAccessToken',
    bytesOf(
      wire.GetAccessTokenRequest.encode(
        wire.GetAccessTokenRequest.fromPartial({
          userId: '110169484474386276334',
          oauthClient: 'default',
          scopes: ['openid', 'https://www.googleapis.com/auth/drive.appdata'],
          minTtl: { seconds: 60, nanos: 5 },
          rejectedTokenSha256: Buffer.alloc(32, 7),
        }),
      ),
    ),
  ],
  [
    'ExchangeCode',
    bytesOf(
      wire.ExchangeCodeRequest.encode(
        wire.ExchangeCodeRequest.fromPartial({
          code: '4/0AY0e-g7',
          codeSource: wire.CodeSource.CODE_SOURCE_WEB_REDIRECT,
          redirectUri: 'https://app.example/cb',
          codeVerifier: 'v'.repeat(43),
          nonce: 'n-0S6',
        }),
      ),
    ),
  ],
  [
    'RevokeUser',
    bytesOf(
      wire.RevokeUserRequest.encode(
        wire.RevokeUserRequest.fromPartial({
          userId: '1',
          reason: 'account closed',
          grantedBefore: new Date(0),
        }),
      ),
    ),
  ],
  [
    'GetUser',
    bytesOf(wire.GetUserRequest.encode(wire.GetUserRequest.fromPartial({ userId: '1' }))),
  ],
];

function bytesOf(encoded: { finish(): Uint8Array }): Buffer {
  return Buffer.from(encoded.finish());
}

describe(`with seed ${SEED}, the server outlives`, () => {
  it('messages that were changed, and answers each', { timeout: TIMEOUT_MS }, async () => {
    const numbers = new SeededNumbers(SEED);
    const raw = await RawGrpc.connect(running);
    const send = async () => {
      const [method, message] = numbers.pick(METHODS);
      const sent = mutated(message, numbers);
      const headers = { ':path': `/tokenvault.v1.TokenVault/${method}` };
      const { code, reason } = await raw.call({ headers, body: frame(sent) });
      const answer = `${code} ${reason}`;
      const expected = ['OK undefined', 'INVALID_ARGUMENT FIELD_INVALID'];
      expect(expected, `${method} ${sent.toString('hex')}`).toContain(answer);
    };
    await inBatches(CASES * 0.6, AT_A_TIME, async () => {
      await Promise.all(Array.from({ length: AT_A_TIME }, send));
    });
    raw.close();
  });

  it('calls whose framing and headers were changed', { timeout: TIMEOUT_MS }, async () => {
    const numbers = new SeededNumbers(SEED + 1);
    const raw = await RawGrpc.connect(running);
    const value = (text: string) =>
      mutated(Buffer.from(text), numbers)
        .toString('latin1')
        .replace(/[^ -~]/g, '~')
        .trim();
    const CHANGES: readonly [() => Record<string, string>, ...(() => Record<string, string>)[]] = [
      () => ({}),
      () => ({ 'grpc-timeout': value('10S') }),
      () => ({
        'grpc-encoding': numbers.pick(['gzip', 'deflate', 'identity', 'br', value('gzip')]),
      }),
      () => ({ 'content-type': value('application/grpc') }),
      () => ({ 'x-request-id': value('request-1') }),
      () => ({ 'trace-bin': value('AAECAwQF') }),
      () => ({ ':path': `/${value('tokenvault.v1.TokenVault/GetUser')}` }),
    ];
    const send = async () => {
      const [method, message] = numbers.pick(METHODS);
      const headers = {
        ':path': `/tokenvault.v1.TokenVault/${method}`,
        'grpc-timeout': '5S',
        ...numbers.pick(CHANGES)(),
      };
      const { http, code, reset } = await raw.call({
        headers,
        body: mutated(frame(message), numbers),
      });
      expect(ENDS, JSON.stringify(headers)).toContain(code ?? http ?? `reset ${reset}`);
    };
    await inBatches(CASES * 0.2, AT_A_TIME, async () => {
      await Promise.all(Array.from({ length: AT_A_TIME }, send));
    });
    raw.close();
  });

  it('HTTP/2 frames that were changed', { timeout: TIMEOUT_MS }, async () => {
    const numbers = new SeededNumbers(SEED + 2);
    const one = () => {
      const stream = 1 + 2 * numbers.below(20);
      const [method, message] = numbers.pick(METHODS);
      const headers = headerBlock([
        [':method', 'POST'],
        [':scheme', 'https'],
        [':path', `/tokenvault.v1.TokenVault/${method}`],
        ['content-type', 'application/grpc'],
      ]);
      const call = [
        frameBytes({ type: FRAME.HEADERS, flags: END_HEADERS, stream, payload: headers }),
        frameBytes({ type: FRAME.DATA, flags: END_STREAM, stream, payload: frame(message) }),
      ];
      const settings = frameBytes({
        type: FRAME.SETTINGS,
        payload: Buffer.from([0, 3, 0, 0, 0, 9]),
      });
      const window = frameBytes({ type: FRAME.WINDOW_UPDATE, payload: Buffer.from([0, 0, 1, 0]) });
      const reset = frameBytes({ type: FRAME.RST_STREAM, stream, payload: Buffer.alloc(4) });
      const ping = frameBytes({ type: FRAME.PING, payload: Buffer.alloc(8) });
      const bytes = numbers.pick([Buffer.concat(call), settings, window, reset, ping]);
      return numbers.below(4) === 0 ? bytes : mutated(bytes, numbers);
    };
    await inBatches(CASES * 0.2, FRAMES_PER_CONNECTION, async () => {
      const { socket } = await FrameConnection.open(running);
      const closed = new Promise((resolve) => socket.on('close', resolve));
      socket.end(Buffer.concat(Array.from({ length: FRAMES_PER_CONNECTION }, one)));
      await closed;
    });
  });
});
