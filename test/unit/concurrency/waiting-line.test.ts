import { describe, expect, it } from 'vitest';
import { WaitingLine } from '../../../src/concurrency/waiting-line.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function arrange() {
  const clock = new ManualClock();
  const line = new WaitingLine(clock);
  const ends: string[] = [];
  const join = (name: string, patienceMs = 1_000) =>
    void line.join(patienceMs).then((isCalled) => ends.push(`${name} ${isCalled}`));
  return { clock, line, ends, join };
}

describe('a line of those who wait', () => {
  it('is called in the order in which they came', async () => {
    const { clock, line, ends, join } = arrange();
    for (const name of ['first', 'second', 'third']) join(name);
    line.callNext();
    line.callNext();
    await clock.advance(0);
    expect(ends).toEqual(['first true', 'second true']);
    expect(line.size).toBe(1);
  });

  it('is left by who goes elsewhere, who is not called any more', async () => {
    const { clock, line, ends, join } = arrange();
    const elsewhere = new AbortController();
    void line.join(1_000, elsewhere.signal).then((isCalled) => ends.push(`leaver ${isCalled}`));
    join('next');
    elsewhere.abort();
    line.callNext();
    await clock.advance(2_000);
    expect(ends).toEqual(['leaver false', 'next true']);
  });

  it('is left by each when the patience is over', async () => {
    const { clock, line, ends, join } = arrange();
    join('patient', 2_000);
    join('impatient', 500);
    await clock.advance(600);
    expect(ends).toEqual(['impatient false']);
    line.callNext();
    await clock.advance(5_000);
    expect(ends).toEqual(['impatient false', 'patient true']);
    expect(line.size).toBe(0);
  });

  it('is cut from its end', async () => {
    const { clock, line, ends, join } = arrange();
    for (const name of ['first', 'second', 'third']) join(name);
    line.cut(1.5);
    await clock.advance(0);
    expect(ends).toEqual(['second false', 'third false']);
  });

  it('may be empty when it is called or cut', () => {
    const { line } = arrange();
    line.callNext();
    line.cut(0);
    expect(line.size).toBe(0);
  });
});
