import { z } from 'zod';

/** A whole number from `least` to `most`, both included; digits in quotes or a variable count. */
export function wholeNumber(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`;
  return z
    .union(
      [
        z.number(),
        z
          .string()
          .regex(/^\d{1,15}$/)
          .transform(Number),
      ],
      { error: () => message },
    )
    .refine((value) => Number.isInteger(value) && value >= least && value <= most, {
      error: message,
    });
}

/** Text that `pattern` describes; `message` says what it is, as in "must be …". */
export function text(pattern: RegExp, message: string) {
  return z.string({ error: () => message }).regex(pattern, { error: message });
}

/** One of `values`. */
export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: () => `must be one of ${values.join(', ')}` });
}

/** A list in the file, or one text with commas, as a variable has it; 1 to `most` entries. */
export function list<Item extends z.ZodType>(item: Item, most: number) {
  const message = `must be a list of 1 to ${most} entries, or one text with commas between them`;
  return z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',').map((entry) => entry.trim()) : value),
    z
      .array(item, { error: () => message })
      .min(1, { error: message })
      .max(most, { error: message }),
  );
}

/** True or false, also as a text, as a variable has it. */
export function yesOrNo() {
  const texts = z.enum(['true', 'false']).transform((value) => value === 'true');
  return z.union([z.boolean(), texts], { error: () => 'must be true or false' });
}
