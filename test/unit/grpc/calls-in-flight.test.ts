import { describe, expect, it } from 'vitest';
import { CallsInFlight } from '../../../src/grpc/calls-in-flight.ts';

describe('the calls in flight', () => {
  it('are idle at first', async () => {
    await new CallsInFlight(10).whenIdle();
  });

  it('become idle with the end of the last call', async () => {
    const calls = new CallsInFlight(10);
    calls.begin();
    calls.begin();
    let idle = false;
    const waiting = calls.whenIdle().then(() => {
      idle = true;
    });
    calls.end();
    await Promise.resolve();
    expect([calls.count, idle]).toEqual([1, false]);
    calls.end();
    await waiting;
    expect([calls.count, idle]).toEqual([0, true]);
  });

  it('are too many above their bound, until one ends', () => {
    const calls = new CallsInFlight(2);
    calls.begin();
    calls.begin();
    expect(calls.tooMany).toBe(false);
    calls.begin();
    expect(calls.tooMany).toBe(true);
    calls.end();
    expect(calls.tooMany).toBe(false);
  });
});
