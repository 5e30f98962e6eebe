import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

/** In groups, so that a failing one is named within seconds. */
const GROUPS = 8;
const SEEDS_OF_A_GROUP = 50;

describe('schedules of replicas, Vault and Google', () => {
  it.each(Array.from({ length: GROUPS }, (_, group) => group * SEEDS_OF_A_GROUP + 1))(
    'keep every promise from seed %i on',
    async (first) => {
      for (let seed = first; seed < first + SEEDS_OF_A_GROUP; seed += 1) {
        const { violations } = await simulate(seed);
        expect(violations, `npm run simulate -- --seed ${seed} --trace`).toEqual([]);
      }
    },
  );

  it('are the same for the same seed', async () => {
    const story = async () => {
      const lines: string[] = [];
      await simulate(7, (time, who, what) => lines.push(`${time} ${who} ${what}`));
      return lines;
    };
    const told = await story();
    expect(told.length).toBeGreaterThan(100);
    expect(await story()).toEqual(told);
  });
});
