import type { Duration } from '../gen/google/protobuf/duration.ts';
import type { FieldChecks } from './field-checks.ts';

const DEFAULT_MIN_TTL_MS = 60_000;
const MAX_MIN_TTL_MS = 1_800_000;

/** The field `min_ttl` of a request, milliseconds. */
export function readMinTtl(checks: FieldChecks, minTtl: Duration | undefined): number {
  if (minTtl === undefined) return DEFAULT_MIN_TTL_MS;
  const { seconds, nanos } = minTtl;
  const ms = seconds * 1_000 + Math.ceil(nanos / 1_000_000);
  const holds = seconds >= 0 && nanos >= 0 && nanos < 1_000_000_000 && ms <= MAX_MIN_TTL_MS;
  checks.check('min_ttl', holds, 'be from 0 s to 30 min');
  return ms;
}
