import { describe, expect, it } from 'vitest';
import { prove } from '../support/prove.ts';

describe('npm run prove', { timeout: 180_000 }, () => {
  it('sigterm --quick: two replicas are stopped under load, and no call fails', async () => {
    const { code, printed } = await prove('sigterm', '--quick');
    expect(printed).toMatch(
      /^sigterm holds: 0 of [1-9]\d+ calls and 0 of [1-9]\d* exchanges failed; 2 of 2 processes exited with 0/m,
    );
    expect(code).toBe(0);
  });

  it('frames --quick: changed messages and frames end no server and fill no memory', async () => {
    const { code, printed } = await prove('frames', '--quick');
    expect(printed).toMatch(/^frames holds: 4\d\d\d inputs, 0 exits, 0 lines in its log; /m);
    expect(code).toBe(0);
  });

  it('simulation --quick: schedules break no promise', async () => {
    const { code, printed } = await prove('simulation', '--quick');
    expect(printed).toMatch(/^simulation holds: 100 schedules, 0 with violations, /m);
    expect(code).toBe(0);
  });

  it('policy --quick: no call gets more than the policy has, and a broken file takes nothing', async () => {
    const { code, printed } = await prove('policy', '--quick');
    expect(printed).toMatch(
      /^policy holds: 0 wrong among 5000 calls in process \([1-9]\d+ tokens\) and 300 over sockets \([1-9]\d* tokens\); 5 of 5 broken policy files refused, 0 of [1-9]\d+ calls failed meanwhile; the next good one held\./m,
    );
    expect(code).toBe(0);
  });

  it('rotations --quick: every secret is replaced, by good and by wrong values, and no call fails', async () => {
    const { code, printed } = await prove('rotations', '--quick');
    expect(printed).toMatch(
      /^rotations holds: 9 secrets \(.+\) rotated 1 times each, and 1 wrong values of each refused with an alert: 0 of [1-9]\d+ calls failed, 0 users touched, the audit is whole\./m,
    );
    expect(code).toBe(0);
  });

  it('decision-cost --quick: calls are made with and without what is decided about them', async () => {
    const { code, printed } = await prove('decision-cost', '--quick');
    expect(printed).toMatch(/^decision-cost holds: 2000 calls were made\./m);
    expect(code).toBe(0);
  });

  it('knows no other proofs than those that it names', async () => {
    const { code, printed } = await prove('everything');
    expect(printed).toContain('npm run prove [-- --quick] [sigterm] [frames] ');
    expect(code).toBe(1);
  });
});
