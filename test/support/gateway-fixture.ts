import { expect } from 'vitest';
import { createCertificateAuthority } from '../../src/dev/certificates.ts';
import { type GatewayOptions, startGateway } from '../../src/gateway/server.ts';
import { createLogger } from '../../src/observability/pino-logger.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { EXCHANGED, HandWrittenConnection } from './fakes/hand-written-connection.ts';
import { type HttpsRequest, httpsRequest } from './https-request.ts';
import { RecordingMetrics } from './recording/metrics.ts';

export const CODE_PATH = '/v1/google/code';

/** What a well-behaved app sends. */
export const APP_HEADERS = {
  'x-requested-with': 'XmlHttpRequest',
  'content-type': 'application/json',
};

/** The code of every test: no answer and no log line may hold it. */
export const PLANTED_CODE = '4/0A-planted-code-9f3b';

/** A gateway on a free port, with a hand-written TokenVault behind it. */
export async function startGatewayFixture(
  options: Partial<
    Pick<GatewayOptions, 'address' | 'maxConnections' | 'oauthClient' | 'rules'>
  > = {},
) {
  const connection = new HandWrittenConnection();
  /** What is printed, line by line. */
  const printed: string[] = [];
  const logger = createLogger({
    level: 'debug',
    stream: { write: (line: string) => void printed.push(line) },
  });
  const metrics = new RecordingMetrics();
  const logLines = () => printed.map((line) => JSON.parse(line));
  const authority = await createCertificateAuthority('gateway test');
  const gateway = await startGateway(
    {
      address: 'localhost:0',
      tls: await authority.issueServer(['localhost']),
      requestTimeoutMs: 300,
      ...options,
    },
    { connection, logger, metrics, clock: systemClock, random: systemRandom },
  );
  const target = { port: gateway.port, caPem: authority.cert };

  /** Sends, and checks what holds for every answer. */
  const send = async (options: HttpsRequest) => {
    const answer = await httpsRequest(target, options);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['x-request-id']).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
    expect(answer.text).not.toContain('planted');
    if (answer.status >= 400) {
      expect(answer.headers['content-type']).toBe('application/problem+json');
    }
    return { ...answer, json: answer.text === '' ? {} : JSON.parse(answer.text) };
  };

  const post = (body: object, headers: object = {}) =>
    send({
      method: 'POST',
      path: CODE_PATH,
      headers: { ...APP_HEADERS, ...headers },
      body: JSON.stringify(body),
    });

  /** Between tests: nothing secret was logged, and the next one starts afresh. */
  const reset = () => {
    expect(printed.join(''), 'no log line may hold the code').not.toContain('planted');
    printed.length = 0;
    metrics.recorded.length = 0;
    connection.calls.length = 0;
    connection.answer = async () => EXCHANGED;
  };
  return { connection, logLines, metrics, gateway, target, send, post, reset };
}

export type GatewayFixture = Awaited<ReturnType<typeof startGatewayFixture>>;
