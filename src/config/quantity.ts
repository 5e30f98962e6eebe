import { z } from 'zod';

export interface Quantity<Unit extends string> {
  /** How many of the smallest unit each one is. */
  readonly units: Readonly<Record<Unit, number>>;
  /** Both included. */
  readonly least: `${number}${Unit}`;
  readonly most: `${number}${Unit}`;
}

/**
 * A setting that is a whole number and its unit without a space, such as `500ms` or `64KiB`; its
 * value is a number of the smallest unit.
 */
export function quantity<Unit extends string>({ units, least, most }: Quantity<Unit>) {
  const names = Object.keys(units);
  const message = `must be a whole number and its unit (${listed(names)}), from ${least} to ${most}`;
  const pattern = new RegExp(`^(?<amount>\\d{1,9})(?<unit>${names.join('|')})$`);
  const factors = new Map<string | undefined, number>(Object.entries(units));
  const smallest = (text: string) => {
    const { amount, unit } = pattern.exec(text)?.groups ?? {};
    return Number(amount) * (factors.get(unit) ?? Number.NaN);
  };
  return z.string({ error: () => message }).transform((text, context) => {
    const value = smallest(text);
    if (value >= smallest(least) && value <= smallest(most)) return value;
    context.addIssue(message);
    return z.NEVER;
  });
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
