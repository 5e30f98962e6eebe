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

/** Like `yesOrNo`, and 1 or 0, as the variables of other tools have it. */
export function onOrOff() {
  const words = new Map<unknown, boolean>([
    [1, true],
    ['1', true],
    [0, false],
    ['0', false],
  ]);
  return z.preprocess(
    (value) => words.get(value) ?? value,
    yesOrNo('must be true or false, or 1 or 0'),
  );
}

/** True or false, also as a text, as a variable has it. */
export function yesOrNo(message = 'must be true or false') {
  const texts = z.enum(['true', 'false']).transform((value) => value === 'true');
  return z.union([z.boolean(), texts], { error: () => message });
}
