import type { ServerHttp2Stream } from 'node:http2';
import { beforeEach, describe, expect, it } from 'vitest';
import { UnservedCalls } from '../../../src/grpc/unserved-calls.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';

/** Of a call that has all the time in the world. */
const CALL = { method: 'GetUser', deadline: Number.POSITIVE_INFINITY } as const;

let clock: ManualClock;
let metrics: RecordingMetrics;
let unserved: UnservedCalls;

beforeEach(() => {
  clock = new ManualClock();
  metrics = new RecordingMetrics();
  unserved = new UnservedCalls({ metrics, clock });
});

/** What is looked at of a stream; a real one needs a connection. */
function streamWith(fields: Partial<Record<keyof ServerHttp2Stream, unknown>>): ServerHttp2Stream {
  const stream = { destroyed: true, aborted: false, ...fields };
  return stream as unknown as ServerHttp2Stream;
}

const counted = () => metrics.labelsOf('tokenvault_rpc_total');

describe('calls that no handler hears of', () => {
  it('are counted once, by what their stream was answered', async () => {
    unserved.watch(streamWith({ sentTrailers: { 'grpc-status': '4' } }), CALL);
    unserved.watch(streamWith({ aborted: true }), CALL);
    await clock.advance(5_000);
    expect(counted()).toEqual([
      { method: 'GetUser', code: 'DEADLINE_EXCEEDED', reason: '' },
      { method: 'GetUser', code: 'CANCELLED', reason: '' },
    ]);
  });

  it('are waited for while their stream is open', async () => {
    const open = { destroyed: false };
    const stream = Object.assign(streamWith({ aborted: true }), open);
    unserved.watch(stream, CALL);
    await clock.advance(5_000);
    expect(counted()).toEqual([]);
    Object.assign(stream, { destroyed: true });
    await clock.advance(1_000);
    expect(counted()).toHaveLength(1);
  });

  it('are none of those that a handler has', async () => {
    const stream = streamWith({ sentTrailers: { 'grpc-status': '0' } });
    unserved.watch(stream, CALL);
    expect(unserved.served({ call: { stream } })).toBe(CALL.deadline);
    expect(unserved.served({ call: { stream } })).toBeUndefined();
    await clock.advance(5_000);
    expect(counted()).toEqual([]);
  });
});
