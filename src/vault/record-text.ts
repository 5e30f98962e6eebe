import { z } from 'zod';

/**
 * Every record of the service's own mount is one string field with JSON in it: OpenBao refuses bodies
 * with more than 1 000 strings, and a string is masked in the audit log where a number is not.
 */
const FIELD = 'record';

/**
 * Half of Vault's limit of 1 MiB for an entry, because the quotes of JSON within JSON are escaped.
 * Not less: a user's record grows with every OAuth client, and is found too large only after Google
 * has taken the code.
 */
export const MAX_RECORD_BYTES = 512 * 1024;

const stored = z.object({ [FIELD]: z.string() });

/** Text in which a key may be `__proto__`, also where parts of it are escaped. */
const MAY_REACH_PROTOTYPE = /__proto__|\\u/;

/** The field that holds `text`, as a KV v2 write takes it. */
export function recordFields(text: string): Readonly<Record<string, string>> {
  return { [FIELD]: text };
}

/**
 * The JSON of a stored record, not yet checked any further; `undefined` where there is none, or one
 * too large, or one with a key that would reach an object's prototype.
 */
export function parseRecordFields(fields: unknown): unknown {
  const parsed = stored.safeParse(fields);
  if (!parsed.success) return undefined;
  const { [FIELD]: text } = parsed.data;
  if (Buffer.byteLength(text) > MAX_RECORD_BYTES) return undefined;
  try {
    // A reviver makes parsing several times slower.
    return MAY_REACH_PROTOTYPE.test(text) ? JSON.parse(text, withoutPrototype) : JSON.parse(text);
  } catch {
    // Not JSON: the caller reports it as corrupt.
    return undefined;
  }
}

function withoutPrototype(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('not a record of ours');
  return value;
}

const identified = z.object({ write_id: z.string() });

/** The operation that wrote a record, whatever else is in it. */
export function writeIdOf(fields: unknown): string | undefined {
  const parsed = identified.safeParse(parseRecordFields(fields));
  return parsed.success ? parsed.data.write_id : undefined;
}
