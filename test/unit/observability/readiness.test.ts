import { describe, expect, it } from 'vitest';
import type { FailingDependency } from '../../../src/domain/replica-status.ts';
import { Readiness, takesCalls } from '../../../src/observability/readiness.ts';

const VAULT: FailingDependency = {
  name: 'vault',
  cause: 'unreachable',
  since: Date.UTC(2026, 10, 23, 8, 30),
  detail: 'Vault answered 503',
};

describe('the readiness of a replica', () => {
  it('begins with starting, and takes no calls then', () => {
    const { state } = new Readiness().report();
    expect(state).toBe('starting');
    expect(takesCalls(state)).toBe(false);
  });

  it('takes calls while it serves, and follows its status', () => {
    const readiness = new Readiness();
    let failing: readonly FailingDependency[] = [];
    readiness.serving(() => ({ failing, serves: true }));
    expect(readiness.report()).toEqual({ state: 'ready', failing: [] });

    failing = [VAULT];
    const { state, failing: named } = readiness.report();
    expect(state).toBe('degraded');
    expect(takesCalls(state)).toBe(true);
    expect(named).toEqual([
      { dependency: 'vault', since: '2026-11-23T08:30:00.000Z', detail: 'Vault answered 503' },
    ]);
  });

  it('takes no calls where none could get a token', () => {
    const readiness = new Readiness();
    readiness.serving(() => ({ failing: [VAULT], serves: false }));
    expect(readiness.report().state).toBe('unavailable');
    expect(takesCalls('unavailable')).toBe(false);
  });

  it('is draining to the end, and goes on naming what fails', () => {
    const readiness = new Readiness();
    readiness.serving(() => ({ failing: [VAULT], serves: true }));
    readiness.draining();
    const { state, failing } = readiness.report();
    expect(state).toBe('draining');
    expect(failing).toHaveLength(1);
    expect(takesCalls(state)).toBe(false);
  });
});
