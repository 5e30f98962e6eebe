import { once } from 'node:events';
import http2 from 'node:http2';
import { expect, it } from 'vitest';
import { Alerts } from '../../src/domain/alerts.ts';
import { GetAccessTokenRequest } from '../../src/gen/tokenvault/v1/token_vault.ts';
import { DEFAULT_GRPC_LIMITS } from '../../src/grpc/transport-limits.ts';
import { IssuedTokens } from '../../src/jwt/issued-tokens.ts';
import { startTraces } from '../../src/observability/otel-exporter.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { frame, RawGrpc } from '../support/raw-grpc.ts';
import { RecordingMetrics } from '../support/recording/metrics.ts';
import { entryForTokens } from '../support/rights.ts';
import { runGrpcServer } from '../support/running-grpc-server.ts';
import { makeKey, RunningIssuer, SUBJECT } from '../support/token-issuer.ts';
import { callerTrace, TraceCollector } from '../support/trace-collector.ts';

const request = GetAccessTokenRequest.fromPartial({ userId: '1', scopes: ['openid'] });
const body = frame(Buffer.from(GetAccessTokenRequest.encode(request).finish()));

it('a trace is recorded as a certificate’s caller says, and by chance on the port for tokens', async () => {
  const collector = await TraceCollector.start();
  const issuer = await RunningIssuer.start(await makeKey('first'));
  let tokens: IssuedTokens | undefined;
  const open = startTraces(
    { otlpEndpoint: collector.url, sampleOneIn: 1_000_000, serviceName: 'tokenvault' },
    { clock: systemClock, random: systemRandom, metrics: new RecordingMetrics() },
  );
  const running = await runGrpcServer(systemClock, DEFAULT_GRPC_LIMITS, {
    traces: open.traces,
    tokens: {
      policy: [entryForTokens(issuer.issuer, { subject: SUBJECT })],
      callers: (deps) => {
        const alerts = new Alerts(deps.logger, deps.metrics);
        tokens = new IssuedTokens([issuer.options()], { ...deps, alerts });
        return tokens;
      },
    },
  });
  const byCertificate = await RawGrpc.connect(running);
  const ca = running.authority.cert;
  const forTokens = `https://127.0.0.1:${running.server.forTokens?.port}`;
  const session = http2.connect(forTokens, { ca, servername: 'localhost' });
  await once(session, 'remoteSettings');
  const byToken = new RawGrpc(session);

  const proved = callerTrace('a');
  const { traceparent } = callerTrace('b');
  const authorization = `Bearer ${await issuer.token()}`;
  const answers = [
    await byCertificate.call({ headers: { traceparent: proved.traceparent }, body }),
    await byToken.call({ headers: { traceparent, authorization }, body }),
  ];
  expect(answers.map(({ code }) => code)).toEqual(['OK', 'OK']);
  await open.close();
  expect(collector.spans.map(({ traceId }) => traceId)).toEqual([proved.traceId]);

  for (const connection of [byCertificate, byToken]) connection.close();
  running.client.close();
  await running.server.stop(0);
  await Promise.all([tokens?.close(), issuer.close(), collector.close()]);
});
