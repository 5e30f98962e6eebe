import { setTimeout as passes } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/domain/clock.ts';
import type { TracedRequest } from '../../../src/domain/traces.ts';
import { openTraces } from '../../../src/observability/open-traces.ts';
import { startTraces, type TracesOptions } from '../../../src/observability/otel-exporter.ts';
import { systemClock } from '../../../src/observability/system-clock.ts';
import { systemRandom } from '../../../src/observability/system-random.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';
import { json } from '../../support/scripted-server.ts';
import { callerTrace, TraceCollector } from '../../support/trace-collector.ts';

const NAME = 'tokenvault.v1.TokenVault/GetAccessToken';
const CALL = {
  name: NAME,
  traceparent: undefined,
  callerDecides: true,
  attributes: { 'rpc.system': 'grpc' },
};
const READ: TracedRequest = {
  target: 'vault',
  operation: 'read users',
  outcome: '2xx',
  seconds: 0.004,
};

describe('traces', () => {
  let collector: TraceCollector;
  let metrics: RecordingMetrics;

  beforeEach(async () => {
    collector = await TraceCollector.start();
    metrics = new RecordingMetrics();
  });
  afterEach(async () => {
    await collector.close();
  });

  function start({
    sampleOneIn = 1,
    clock = systemClock,
  }: Partial<TracesOptions & { clock: Clock }> = {}) {
    const otlpEndpoint = `${collector.url}/`;
    const options = { otlpEndpoint, sampleOneIn, serviceName: 'tokenvault' };
    return startTraces(options, { clock, random: systemRandom, metrics });
  }

  it('are none, and load nothing, where no collector is configured', async () => {
    const options = { sampleOneIn: 1, serviceName: 'tokenvault' };
    const open = await openTraces(options, {
      clock: systemClock,
      random: systemRandom,
      metrics,
    });
    expect(open.traces).toBeUndefined();
    expect(open.clock).toBe(systemClock);
    await open.close();
  });

  it('have a span for each call, and for each request that was made for it', async () => {
    const clock = new ManualClock();
    const open = start({ clock });
    const span = open.traces.begin(CALL);
    expect(open.traceId()).toBeUndefined();
    await span.run(async () => {
      expect(open.traceId()).toBe(span.traceId);
      await clock.advance(5);
      open.traces.note(READ);
      open.traces.note({ target: 'google_token', outcome: 'unavailable', seconds: 0.001 });
    });
    await clock.advance(1);
    span.end({ 'rpc.grpc.status_code': 14, 'tokenvault.reason': undefined }, true);
    await open.close();
    const [call, read, asked, ...others] = collector.trace(span.traceId);
    const at = BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n;
    expect(others).toEqual([]);
    expect(call).toEqual({
      traceId: span.traceId,
      spanId: expect.any(String),
      parentSpanId: undefined,
      service: 'tokenvault',
      name: NAME,
      kind: 2,
      startTimeUnixNano: at,
      endTimeUnixNano: at + 6_000_000n,
      attributes: { 'rpc.system': 'grpc', 'rpc.grpc.status_code': 14 },
      events: [],
      links: [],
      status: { code: 2 },
    });
    expect(read).toMatchObject({
      parentSpanId: call?.spanId,
      name: 'vault read users',
      kind: 3,
      startTimeUnixNano: at + 1_000_000n,
      endTimeUnixNano: at + 5_000_000n,
      attributes: {
        'tokenvault.target': 'vault',
        'tokenvault.operation': 'read users',
        'tokenvault.outcome': '2xx',
      },
      status: { code: 0 },
    });
    expect(asked).toMatchObject({ name: 'google_token', status: { code: 2 } });
    expect(metrics.labelsOf('tokenvault_spans_total')).toEqual(Array(3).fill({ outcome: 'sent' }));
  });

  it('that come faster than they are sent fill no memory, and those that are dropped are counted', async () => {
    const open = start();
    for (let call = 0; call < 5_000; call += 1) open.traces.begin(CALL).end({}, false);
    await open.close();
    const outcomes = metrics.labelsOf('tokenvault_spans_total').map(({ outcome }) => outcome);
    const times = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length;
    expect([times('dropped'), times('sent')]).toEqual([392, 4_608]);
    expect(collector.spans).toHaveLength(4_608);
  });

  it('leave out requests that were made for no call, and those that a timer makes', async () => {
    const clock = new ManualClock();
    const open = start({ clock });
    open.traces.note(READ);
    const span = open.traces.begin(CALL);
    span.run(() => void open.clock.schedule(5, () => open.traces.note(READ)));
    await clock.advance(5);
    span.end({}, false);
    await open.close();
    expect(collector.spans.map(({ name }) => name)).toEqual([NAME]);
  });

  it('have the requests also of work that outlives its call', async () => {
    const open = start();
    const span = open.traces.begin(CALL);
    const later = span.run(async () => {
      await passes(0);
      open.traces.note(READ);
    });
    span.end({}, false);
    await later;
    await open.close();
    expect(collector.trace(span.traceId)).toHaveLength(2);
  });

  it('go on with the trace of a caller, and begin one where it names none', async () => {
    const { traceId, spanId, traceparent } = callerTrace('a');
    const open = start({ sampleOneIn: 1_000_000 });
    const span = open.traces.begin({ ...CALL, traceparent });
    expect(span.traceparent).toMatch(new RegExp(`^00-${traceId}-(?!${spanId})[0-9a-f]{16}-01$`));
    for (const odd of [
      undefined,
      '',
      'odd',
      `${traceparent}, ${traceparent}`,
      `ff${traceparent.slice(2)}`,
    ]) {
      expect(open.traces.begin({ ...CALL, traceparent: odd }).traceId).not.toBe(traceId);
    }
    span.end({}, false);
    await open.close();
    expect(collector.spans).toMatchObject([{ traceId, parentSpanId: spanId }]);
  });

  it('are recorded or not as a trusted caller says, and one in so many elsewhere', () => {
    const few = start({ sampleOneIn: 1_000_000 }).traces;
    expect(few.begin(CALL).traceparent).toMatch(/-00$/);
    expect(few.begin({ ...CALL, ...callerTrace('f') }).traceparent).toMatch(/-01$/);
    const all = start().traces;
    expect(all.begin(CALL).traceparent).toMatch(/-01$/);
    expect(all.begin({ ...CALL, ...callerTrace('f', false) }).traceparent).toMatch(/-00$/);
    const edge = { ...CALL, callerDecides: false };
    expect(few.begin({ ...edge, ...callerTrace('f') }).traceparent).toMatch(/-00$/);
    expect(all.begin({ ...edge, ...callerTrace('f', false) }).traceparent).toMatch(/-01$/);
  });

  it('cut what is longer than any of ours', async () => {
    const open = start();
    open.traces
      .begin({ ...CALL, attributes: { 'tokenvault.caller': 'x'.repeat(9_999) } })
      .end({}, false);
    await open.close();
    const [span] = collector.spans;
    expect(String(span?.attributes['tokenvault.caller'])).toHaveLength(512);
  });

  it('stay in order when the clock is set', async () => {
    const clock = new ManualClock();
    const open = start({ clock });
    clock.jumpWall(3_600_000);
    const span = open.traces.begin(CALL);
    await clock.advance(2);
    span.end({}, false);
    await open.close();
    const [one] = collector.spans;
    expect(one?.startTimeUnixNano).toBe(BigInt(Date.UTC(2026, 0, 1, 1)) * 1_000_000n);
    expect((one?.endTimeUnixNano ?? 0n) - (one?.startTimeUnixNano ?? 0n)).toBe(2_000_000n);
  });

  it('that the collector does not take are counted, and hold nobody up', async () => {
    collector.server.answer = json(400, {});
    const open = start();
    open.traces.begin(CALL).end({}, false);
    await open.close();
    expect(metrics.labelsOf('tokenvault_spans_total')).toEqual([{ outcome: 'lost' }]);
  });

  it('keep a process from its end for a few seconds at most', async () => {
    collector.server.answer = () => undefined;
    const clock = new ManualClock();
    const open = start({ clock });
    open.traces.begin(CALL).end({}, false);
    await clock.until(open.close(), 5_000);
  });
});
