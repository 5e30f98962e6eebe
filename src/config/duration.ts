import { quantity } from './quantity.ts';

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A duration as configuration writes it: a whole number and its unit, such as `500ms` or `30m`. */
export type Duration = `${number}${keyof typeof UNITS_MS}`;

/** A setting that is a duration from `least` to `most`, both included; its value is milliseconds. */
export function duration(least: Duration, most: Duration) {
  return quantity({ units: UNITS_MS, least, most });
}
