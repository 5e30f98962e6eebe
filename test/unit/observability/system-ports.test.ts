import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/observability/system-clock.ts';
import { systemRandom } from '../../../src/observability/system-random.ts';

describe('the system clock', () => {
  it('tells the time of day, and a time that never goes back', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000);
    const before = systemClock.monotonic();
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before);
  });

  it('runs an action after its time, not before', async () => {
    const waits = Array.from({ length: 300 }, (_, index) => 5 + index / 20);
    await Promise.all(
      waits.map(async (ms) => {
        const start = systemClock.monotonic();
        await new Promise<void>((resolve) => systemClock.schedule(ms, resolve));
        expect(systemClock.monotonic() - start).toBeGreaterThanOrEqual(ms);
      }),
    );
  });

  it('does not run what was cancelled, and cancelling twice does nothing', async () => {
    const ran: string[] = [];
    const cancel = systemClock.schedule(1, () => ran.push('cancelled'));
    cancel();
    cancel();
    await new Promise<void>((resolve) =>
      systemClock.schedule(10, () => {
        ran.push('later');
        resolve();
      }),
    );
    expect(ran).toEqual(['later']);
  });

  it('waits also where the wait is longer than a timer can be', async () => {
    const ran: string[] = [];
    const cancel = systemClock.schedule(2 ** 31 + 1, () => ran.push('at once'));
    await new Promise<void>((resolve) => systemClock.schedule(10, resolve));
    cancel();
    expect(ran).toEqual([]);
  });
});

describe('a wait that is over already', () => {
  it('ends in the next turn, and Node has nothing to warn of', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    await new Promise<void>((resolve) => systemClock.schedule(-0.5, resolve));
    await new Promise<void>((resolve) => systemClock.schedule(5, resolve));
    expect(warnings).toEqual([]);
  });
});

describe('the system randomness', () => {
  it('makes identifiers of 128 bits that do not repeat', () => {
    const ids = Array.from({ length: 1_000 }, () => systemRandom.id());
    expect(new Set(ids).size).toBe(1_000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  it('makes numbers from 0 to 1', () => {
    for (const unit of Array.from({ length: 1_000 }, () => systemRandom.unit())) {
      expect(unit).toBeGreaterThanOrEqual(0);
      expect(unit).toBeLessThan(1);
    }
  });
});
