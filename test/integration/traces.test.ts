import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GetAccessTokenRequest } from '../../src/client/messages.ts';
import { devSpiffeId } from '../../src/dev/certificate-files.ts';
import { RIGHTS_CHECK } from '../../src/gateway/rights-check.ts';
import { DRIVE } from '../support/app-calls.ts';
import { type AppProcess, startAppProcess } from '../support/app-process.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts';
import { type CollectedSpan, callerTrace, TraceCollector } from '../support/trace-collector.ts';

const EXCHANGE = 'tokenvault.v1.TokenVault/ExchangeCode';
const GET = 'tokenvault.v1.TokenVault/GetAccessToken';

describe('the traces of a sign-in and of two calls for a token', () => {
  const app = callerTrace('a');
  const first = callerTrace('b');
  const again = callerTrace('c');
  const refused = callerTrace('d');
  const [one, other] = [callerTrace('e'), callerTrace('9')];
  let world: AppWorld;
  let collector: TraceCollector;
  let service: AppProcess;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    [world, collector] = await Promise.all([startWorld(), TraceCollector.start()]);
    const set = { 'traces.otlp_endpoint': collector.url, 'traces.sample_one_in': '1' };
    service = await startAppProcess(world, { set });
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      TOKENVAULT_TRACES_SAMPLE_ONE_IN: '1',
    };
    gateway = await startGatewayProcess(world, service.port, { env });
    const { traceparent } = app;
    const code = await service.calls.mintCode('traced');
    expect((await gateway.post(code, { traceparent })).status).toBe(200);
    const worker = world.connectAs('drive-worker', service.port);
    const call = { userId: 'traced', scopes: [DRIVE] };
    for (const trace of [first, again]) {
      const request = GetAccessTokenRequest.fromPartial(call);
      await worker.getAccessToken(request, { timeoutMs: 20_000, traceparent: trace.traceparent });
    }
    const together = GetAccessTokenRequest.fromPartial({ ...call, scopes: ['openid', DRIVE] });
    await Promise.all(
      [one, other].map(({ traceparent: of }) =>
        worker.getAccessToken(together, { timeoutMs: 20_000, traceparent: of }),
      ),
    );
    const unknown = GetAccessTokenRequest.fromPartial({ ...call, userId: 'nobody' });
    const options = { timeoutMs: 20_000, traceparent: refused.traceparent };
    await expect(worker.getAccessToken(unknown, options)).rejects.toThrow();
    worker.close();
    gateway.signal('SIGTERM');
    expect(await Promise.all([gateway.ended, service.terminate()])).toEqual([0, 0]);
  });
  afterAll(async () => {
    await gateway?.kill();
    await service?.kill();
    await collector?.close();
    await world?.close();
  });

  const names = (spans: readonly CollectedSpan[]) => spans.map(({ name }) => name);

  it('hang together from the app through both processes to Google and Vault', () => {
    const [edge, call, ...requests] = collector.trace(app.traceId);
    expect(edge).toMatchObject({
      service: 'tokenvault-gateway',
      name: 'POST /v1/google/code',
      kind: 2,
      parentSpanId: app.spanId,
      attributes: { 'http.request.method': 'POST', 'http.response.status_code': 200 },
    });
    expect(call).toMatchObject({
      service: 'tokenvault',
      name: EXCHANGE,
      kind: 2,
      parentSpanId: edge?.spanId,
      attributes: {
        'rpc.system': 'grpc',
        'rpc.service': 'tokenvault.v1.TokenVault',
        'rpc.method': 'ExchangeCode',
        'rpc.grpc.status_code': 0,
        'tokenvault.caller': devSpiffeId('gateway'),
      },
      status: { code: 0 },
    });
    expect(names(requests)).toEqual(
      expect.arrayContaining([
        'vault read revocation-log',
        'vault write exchanges',
        'google_token exchange',
        'vault read users',
        'vault write users',
      ]),
    );
    expect(requests.every(({ kind }) => kind === 3)).toBe(true);
    expect(requests.every(({ parentSpanId }) => parentSpanId === call?.spanId)).toBe(true);
    const order = names(requests);
    expect(order.indexOf('vault write exchanges')).toBeLessThan(
      order.indexOf('google_token exchange'),
    );
    expect(order.indexOf('google_token exchange')).toBeLessThan(order.indexOf('vault write users'));
  });

  it('show what a token cost that was not there, and that the next one cost nothing', () => {
    const [call, ...requests] = collector.trace(first.traceId);
    expect(call).toMatchObject({ name: GET, parentSpanId: first.spanId });
    expect(names(requests)).toEqual(
      expect.arrayContaining(['vault read users', 'google_token refresh']),
    );
    expect(names(collector.trace(again.traceId))).toEqual([GET]);
  });

  it('show a refresh that two calls share in the trace of one of them', () => {
    const both = [one, other].flatMap(({ traceId }) => names(collector.trace(traceId)));
    expect(both.filter((name) => name === GET)).toHaveLength(2);
    expect(both.filter((name) => name === 'google_token refresh')).toHaveLength(1);
  });

  it('say how a call ended, and not that it failed where its caller is to blame', () => {
    const [call] = collector.trace(refused.traceId);
    expect(call).toMatchObject({
      attributes: { 'rpc.grpc.status_code': 5, 'tokenvault.reason': 'USER_NOT_CONNECTED' },
      status: { code: 0 },
    });
  });

  it('have nothing of the work that no call began', () => {
    const own = service.logged('rpc').filter(({ requestId }) => requestId === RIGHTS_CHECK);
    const traced: unknown[] = [app, first, again, one, other, refused, ...own].map(
      ({ traceId }) => traceId,
    );
    expect(collector.spans.filter(({ traceId }) => !traced.includes(traceId))).toEqual([]);
  });

  it('are named by the lines of the log', () => {
    const ofGateway = gateway.logged('gateway_request');
    expect(ofGateway).toMatchObject([{ status: 200, traceId: app.traceId }]);
    const calls = service
      .logged('rpc')
      .filter(({ requestId }) => requestId !== RIGHTS_CHECK)
      .map(({ method, traceId }) => [method, traceId]);
    expect(calls).toHaveLength(6);
    expect(calls).toEqual(
      expect.arrayContaining([
        ['ExchangeCode', app.traceId],
        ['GetAccessToken', first.traceId],
        ['GetAccessToken', again.traceId],
        ['GetAccessToken', one.traceId],
        ['GetAccessToken', other.traceId],
        ['GetAccessToken', refused.traceId],
      ]),
    );
  });

  it('name no user and no key of one', () => {
    expect(collector.received).not.toContain('traced');
    expect(collector.received).not.toMatch(/users\/|exchanges\//);
  });
});
