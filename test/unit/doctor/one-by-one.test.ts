import { describe, expect, it } from 'vitest';
import { ok, skipped } from '../../../src/doctor/finding.ts';
import { oneByOne } from '../../../src/doctor/one-by-one.ts';
import { sleep } from '../../../src/domain/clock.ts';
import { ManualClock } from '../../support/manual-clock.ts';

describe('many things that are looked at', () => {
  async function found(lookMs: number) {
    const clock = new ManualClock();
    const looks = {
      atATime: 2,
      patienceMs: 9_000,
      look: async (alias: string) => {
        await sleep(clock, lookMs);
        return [ok('clients.good', 'Good.', alias)];
      },
      notReached: (alias: string) => skipped('Not reached.', alias),
    };
    const aliases = ['a', 'b', 'c', 'd', 'e', 'f'];
    const findings = await clock.until(oneByOne(aliases, looks, clock));
    return { findings: findings.map(({ id, about }) => `${about} ${id}`), ms: clock.monotonic() };
  }

  it('are all told of where there is time', async () => {
    const { findings, ms } = await found(1_000);
    expect(findings).toHaveLength(6);
    expect(findings.every((finding) => finding.endsWith('clients.good'))).toBe(true);
    expect(ms).toBe(3_000);
  });

  it('are told of as far as time goes, and the rest is named', async () => {
    const { findings, ms } = await found(5_000);
    expect(findings).toEqual([
      'a clients.good',
      'b clients.good',
      'c clients.good',
      'd clients.good',
      'e check.skipped',
      'f check.skipped',
    ]);
    expect(ms).toBe(10_000);
  });
});
