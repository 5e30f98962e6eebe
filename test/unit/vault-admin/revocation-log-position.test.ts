import { describe, expect, it } from 'vitest';
import { MAX_LOG_APPEND } from '../../../src/domain/revocation-store.ts';
import { systemClock } from '../../../src/observability/system-clock.ts';
import { systemRandom } from '../../../src/observability/system-random.ts';
import { RevocationLogAppender } from '../../../src/service/revocation-log-appender.ts';
import { FakeVault } from '../../support/fakes/fake-stores.ts';

describe('the position of a log that takes the place of a corrupt one', () => {
  it('is above all before it, because no write of the service adds more entries', async () => {
    const { revocations } = new FakeVault(systemClock);
    const deps = { clock: systemClock, random: systemRandom, revocations };
    const appender = new RevocationLogAppender(deps);
    const many = Array.from({ length: 10 * MAX_LOG_APPEND }, (_, user) => `user-${user}`);

    // The first goes out alone, all others in groups that are as large as may be.
    await Promise.all(many.map((userKey) => appender.append(userKey)));

    const { version, log } = await revocations.readLog();
    expect(log.count).toBe(many.length);
    expect(log.count).toBeGreaterThan((version - 2) * MAX_LOG_APPEND);
    expect(log.count).toBeLessThanOrEqual(version * MAX_LOG_APPEND);
  });
});
