import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

const CHUNK = 120;
const CHUNKS = [0, 1, 2, 3, 4];

describe('simulated schedules', () => {
  it.each(CHUNKS)('keep every promise (part %i)', async (chunk) => {
    const broken: string[] = [];
    for (let seed = 1 + chunk * CHUNK; seed <= (chunk + 1) * CHUNK; seed += 1) {
      const { violations } = await simulate(seed);
      broken.push(...violations.map(({ checker, what }) => `seed ${seed}: ${checker}: ${what}`));
    }
    expect(broken).toEqual([]);
  });

  it.each([3, 14, 15])('are the same for the same seed (%i), told or not', async (seed) => {
    const told: string[] = [];
    const first = await simulate(seed, (time, who, what) => told.push(`${time} ${who} ${what}`));
    const again = await simulate(seed);
    const { operations, facts } = first.history;
    expect(again.history.operations).toEqual(operations);
    expect(JSON.stringify(again.history.facts)).toBe(JSON.stringify(facts));
    expect(again.steps).toBe(first.steps);
    expect(told.length).toBeGreaterThan(facts.length);
  });

  it('differ from seed to seed, and try what they are for', async () => {
    const runs = await Promise.all([1, 4, 6, 11, 16, 24, 47, 49].map((seed) => simulate(seed)));
    const kinds = runs.flatMap(({ history }) => history.facts.map(({ kind }) => kind));
    const answers = runs.flatMap(({ history }) =>
      history.operations.map(({ answer }) => (answer?.kind === 'failed' ? answer.reason : 'OK')),
    );
    expect(new Set(runs.map(({ steps }) => steps)).size).toBe(runs.length);
    expect([...kinds]).toEqual(
      expect.arrayContaining([
        'consent',
        'access-token',
        'revoked-at-google',
        'crashed',
        'cut-off',
      ]),
    );
    expect(answers).toEqual(
      expect.arrayContaining([
        'OK',
        'USER_REVOKED',
        'USER_NOT_CONNECTED',
        'STORE_UNAVAILABLE',
        'USER_MISMATCH',
      ]),
    );
  });
});
