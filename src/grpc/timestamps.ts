import type { FieldChecks } from './field-checks.ts';

/** Outside of these a time is a caller's mistake, such as seconds taken for milliseconds. */
const EARLIEST = Date.UTC(2000, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

/** A time of a request, milliseconds since the epoch. */
export function readTime(
  checks: FieldChecks,
  field: string,
  value: Date | undefined,
): number | undefined {
  if (value === undefined) return undefined;
  const time = value.getTime();
  // A comparison with NaN, which an impossible timestamp decodes to, is false.
  checks.check(
    field,
    time >= EARLIEST && time < LATEST,
    'be a time between the years 2000 and 2100',
  );
  return time;
}

/** A time of the domain (milliseconds since the epoch) as generated messages hold it. */
export function toDate(time: number | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}
