import { describe, expect, it } from 'vitest';
import { Places } from '../../../src/concurrency/places.ts';
import { ManualClock } from '../../support/manual-clock.ts';

describe('places', () => {
  it('are taken, waited for in line, and refused where too many wait', async () => {
    const clock = new ManualClock();
    const places = new Places({ places: 1, waiting: 1 }, clock);
    expect(await places.take(1_000)).toBe(true);
    const waiting = places.take(1_000);
    expect(await places.take(1_000)).toBe(false);
    places.giveBack();
    expect(await waiting).toBe(true);
    places.giveBack();
    expect(await places.take(1_000)).toBe(true);
  });

  it('that are not waited for any longer go to the next', async () => {
    const clock = new ManualClock();
    const places = new Places({ places: 1, waiting: 2 }, clock);
    await places.take(0);
    const [impatient, patient] = [places.take(500), places.take(2_000)];
    await clock.advance(500);
    expect(await impatient).toBe(false);
    places.giveBack();
    expect(await patient).toBe(true);
  });
});
