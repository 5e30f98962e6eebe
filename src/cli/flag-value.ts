import type { z } from 'zod';
import { UsageError } from './usage-error.ts';

/**
 * The value of a flag or variable by one of the configuration's own rules, whose messages begin with
 * "must be".
 * @throws UsageError
 */
export function flagValue<Value>(name: string, text: string, rule: z.ZodType<Value>): Value {
  const parsed = rule.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new UsageError(`${name} ${parsed.error.issues[0]?.message ?? 'is not valid'}.`);
}
