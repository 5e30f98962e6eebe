import { z } from 'zod';

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(?<amount>\d{1,9})(?<unit>ms|s|m|h|d)$/;

/** A duration as configuration writes it: a whole number and its unit, such as `500ms` or `30m`. */
export type Duration = `${number}${keyof typeof UNITS_MS}`;

/** A setting that is a duration from `least` to `most`, both included; its value is milliseconds. */
export function duration(least: Duration, most: Duration) {
  const message = `must be a whole number and its unit (ms, s, m, h or d), from ${least} to ${most}`;
  return z.string({ error: () => message }).transform((text, context) => {
    const ms = milliseconds(text);
    if (ms !== undefined && ms >= limit(least) && ms <= limit(most)) return ms;
    context.addIssue(message);
    return z.NEVER;
  });
}

function limit(value: Duration): number {
  return milliseconds(value) ?? Number.NaN;
}

function milliseconds(text: string): number | undefined {
  const { amount, unit } = DURATION.exec(text)?.groups ?? {};
  return amount === undefined || !isUnit(unit) ? undefined : Number(amount) * UNITS_MS[unit];
}

function isUnit(unit: string | undefined): unit is keyof typeof UNITS_MS {
  return unit !== undefined && unit in UNITS_MS;
}
