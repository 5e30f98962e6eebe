import type { Clock } from '../../src/domain/clock.ts';
import { systemClock } from '../../src/observability/system-clock.ts';

/** Waits of three seconds, ±10 %: those between two looks at a record in Vault. */
const [LEAST, MOST] = [2_700, 3_300];
const INSTEAD_MS = 50;

/** The machine's clock, but for the pauses between two looks at a record: tests wait for many. */
export const hastyClock: Clock = {
  ...systemClock,
  schedule: (ms, action) =>
    systemClock.schedule(ms >= LEAST && ms <= MOST ? INSTEAD_MS : ms, action),
};
