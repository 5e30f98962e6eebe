import { once } from 'node:events';
import { connect } from 'node:tls';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_GRPC_LIMITS } from '../../src/grpc/transport-limits.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import type { IssuedToken } from '../../src/service/token-vault.ts';
import { ISSUED } from '../support/fakes/hand-written-token-vault.ts';
import { HealthClient } from '../support/health-client.ts';
import {
  errorOf,
  getAccessToken,
  OPERATOR,
  type RunningGrpcServer,
  runGrpcServer,
} from '../support/running-grpc-server.ts';
import { statusDetails } from '../support/status-details.ts';

const LIMITS = { ...DEFAULT_GRPC_LIMITS, callsInFlight: 3, connections: 2 };

let running: RunningGrpcServer;

beforeEach(async () => {
  running = await runGrpcServer(systemClock, LIMITS);
});

afterEach(async () => {
  running.client.close();
  await running.server.stop(0);
});

describe('more calls than are served at a time', () => {
  let answers: ((token: IssuedToken) => void)[];
  let served: Promise<unknown>[];

  beforeEach(async () => {
    answers = [];
    running.vault.onGetAccessToken = () => new Promise((answer) => answers.push(answer));
    served = Array.from({ length: 3 }, () => getAccessToken(running.client));
    await expect.poll(() => answers.length).toBe(3);
  });

  const finish = async () => {
    for (const answer of answers) answer(ISSUED);
    expect(await Promise.all(served)).toMatchObject(Array(3).fill({ reply: {} }));
  };

  it('are refused with NOT_READY and a wait, and reach no use case', async () => {
    const error = await errorOf(getAccessToken(running.client));
    expect(error.code).toBe(status.UNAVAILABLE);
    expect(error.metadata.get('grpc-retry-pushback-ms')).toEqual(['1000']);
    expect(statusDetails(error.metadata).details).toMatchObject({
      ErrorInfo: { reason: 'NOT_READY' },
      RetryInfo: { retryDelay: { seconds: 1, nanos: 0 } },
    });
    expect(running.vault.requests).toHaveLength(3);
    await finish();
  });

  it('are served again when one of the others has ended', async () => {
    await errorOf(getAccessToken(running.client));
    await finish();
    running.vault.onGetAccessToken = async () => ISSUED;
    expect(await getAccessToken(running.client)).toHaveProperty('reply');
  });

  it('do not touch health', async () => {
    running.server.setServing(true);
    const health = new HealthClient(running, await running.authority.issueClient(OPERATOR));
    expect(await health.check('')).toBe('SERVING');
    health.close();
    await finish();
  });
});

describe('more connections than there may be', () => {
  it('are closed at once, counted and logged', async () => {
    const { cert, key } = await running.authority.issueClient(OPERATOR);
    const dial = () => {
      const [host, port] = running.address.split(':');
      const ca = running.authority.cert;
      const names = { servername: 'localhost', ALPNProtocols: ['h2'] };
      const socket = connect({ host, port: Number(port), ca, cert, key, ...names });
      socket.on('error', () => undefined); // what becomes of it is seen by its events
      return socket;
    };
    const first = [dial(), dial()];
    await Promise.all(first.map((socket) => once(socket, 'secureConnect')));
    const third = dial();
    await new Promise((resolve) => third.on('close', resolve));
    expect(running.metrics.labelsOf('tokenvault_refused_total')).toEqual([
      { refused: 'connection_refused' },
    ]);
    expect(running.logger.lines).toMatchObject([
      { level: 'warn', event: 'connection_refused', cause: 'too_many' },
    ]);
    first[0]?.destroy();
    await expect
      .poll(async () => 'reply' in (await getAccessToken(running.client, { timeoutMs: 2_000 })), {
        timeout: 10_000,
      })
      .toBe(true);
    first[1]?.destroy();
  });
});
