import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/domain/caller.ts';
import { Failure } from '../../../src/domain/failure.ts';
import { CallerAdmission } from '../../../src/grpc/caller-admission.ts';
import { createCallerPolicy } from '../../../src/grpc/caller-policy.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { entryFor } from '../../support/rights.ts';

const caller = (name: string): Caller => ({ id: `spiffe://td/${name}`, proof: 'spiffe' });
const ENTRIES = [
  { ...entryFor('spiffe://td/slow', ['GetUser']), requestsPerSecond: 2 },
  { ...entryFor('spiffe://td/plain', ['GetUser']), requestsPerSecond: undefined },
];

function admission(clock = new ManualClock()) {
  const policy = createCallerPolicy(ENTRIES);
  const rates = new CallerAdmission(policy, { requestsPerSecond: 3 }, clock);
  const ask = (name: string, rpc: 'GetUser' | 'RevokeUser' = 'GetUser') => {
    try {
      return rates.admit(caller(name), rpc).allowsRpc(rpc) ? 'in' : 'without rights';
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { reason, metadata, retryAfterMs } = error;
      return { reason, ...metadata, ...(retryAfterMs !== undefined && { retryAfterMs }) };
    }
  };
  const charge = (name: string, more: number) => {
    const rights = policy.rightsOf(caller(name));
    rates.charge({ caller: caller(name), rights }, more);
  };
  return { ask, charge, clock };
}

describe('the admission of a call', () => {
  it('keeps out who has no entry, and who has it for another RPC', () => {
    const { ask } = admission();
    const denied = { reason: 'CALLER_NOT_ALLOWED', deniedBy: 'rpc' };
    expect(ask('unknown')).toEqual(denied);
    expect(ask('slow', 'RevokeUser')).toEqual(denied);
    expect(ask('slow')).toBe('in');
  });

  it('holds a caller to the rate of its entry, over all its connections', async () => {
    const { ask, clock } = admission();
    expect([ask('slow'), ask('slow')]).toEqual(['in', 'in']);
    const limited = { reason: 'CALLER_RATE_LIMITED', retryAfterMs: 500 };
    expect(ask('slow')).toEqual(limited);
    await clock.advance(500);
    expect([ask('slow'), ask('slow')]).toEqual(['in', limited]);
  });

  it('holds a caller without a rate of its own to that of the configuration', () => {
    const { ask } = admission();
    expect([ask('plain'), ask('plain'), ask('plain')]).toEqual(['in', 'in', 'in']);
    expect(ask('plain')).toMatchObject({ reason: 'CALLER_RATE_LIMITED' });
    expect(ask('slow')).toBe('in');
  });

  it('lets in what counts for many where one would be, and has the next one wait for all', async () => {
    const { ask, charge, clock } = admission();
    expect(ask('slow')).toBe('in');
    charge('slow', 99);
    expect(ask('slow')).toEqual({ reason: 'CALLER_RATE_LIMITED', retryAfterMs: 49_500 });
    expect(ask('plain')).toBe('in');
    await clock.advance(49_500);
    expect(ask('slow')).toBe('in');
  });

  it('counts no call that the policy refuses', () => {
    const { ask } = admission();
    for (let call = 0; call < 10; call += 1) ask('slow', 'RevokeUser');
    expect(ask('slow')).toBe('in');
  });
});
