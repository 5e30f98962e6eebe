import { isRfc3339 } from './rfc3339.ts';
import { UsageError } from './usage-error.ts';

/** The JSON half of a generated message. */
export interface JsonMessage<Message> {
  fromJSON(json: unknown): Message;
  toJSON(message: Message): unknown;
}

/**
 * A request from proto JSON: names in lowerCamelCase, durations as `60s`, times as RFC 3339, bytes as
 * base64. The generated code ignores names that it does not know and makes a string of anything; what
 * was mistyped would then be sent as another request than the one that was meant, so it is refused.
 * @see https://protobuf.dev/programming-guides/json/
 * @throws UsageError with one sentence for each field that is wrong
 */
export function requestFromJson<Request>(type: JsonMessage<Request>, json: unknown): Request {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new UsageError('The request must be a JSON object, such as \'{"userId": "…"}\'.');
  }
  const fields = Object.entries(json);
  const problems = fields.flatMap(([name, value]) => problemOf(type, name, value) ?? []);
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  const generated = fields.map(([name, value]) => [name, generatedForm(name, value)]);
  return type.fromJSON(Object.fromEntries(generated));
}

function problemOf(type: JsonMessage<unknown>, name: string, value: unknown): string | undefined {
  const empty: Readonly<Record<string, unknown>> = Object(type.fromJSON({}));
  if (!Object.hasOwn(empty, name)) {
    return `The request has no field ${JSON.stringify(name)}: names are in lowerCamelCase, see proto/tokenvault.`;
  }
  // As proto JSON has it, null is the same as nothing.
  if (value === null) return undefined;
  const { holds, must } = ruleOf(name, empty[name], type);
  return holds(value) ? undefined : `The field ${JSON.stringify(name)} must be ${must}.`;
}

interface Rule {
  readonly must: string;
  holds(value: unknown): boolean;
}

const STRING: Rule = { must: 'a string', holds: isString };
const STRINGS: Rule = {
  must: 'a list of strings',
  holds: (value) => Array.isArray(value) && value.every(isString),
};
const BOOLEAN: Rule = { must: 'true or false', holds: (value) => typeof value === 'boolean' };
const BASE64 = /^(?:[\w+/-]{4})*(?:[\w+/-]{2}(?:==)?|[\w+/-]{3}=?)?$/;
const BYTES: Rule = {
  must: 'bytes in base64',
  holds: (value) => isString(value) && BASE64.test(value),
};
const SECONDS = /^(?<whole>\d{1,12})(?:\.(?<fraction>\d{1,9}))?s$/;

const TIME: Rule = {
  must: 'a time as in RFC 3339, such as "2026-11-23T10:00:00Z"',
  holds: (value) => isString(value) && isRfc3339(value),
};

/** Fields of which the message does not tell the type while they are not set. */
const MESSAGE_RULES: ReadonlyMap<string, Rule> = new Map([
  [
    'minTtl',
    {
      must: 'a duration in seconds, such as "60s"',
      holds: (value) => isString(value) && SECONDS.test(value),
    },
  ],
  ['grantedBefore', TIME],
  ['consentTime', TIME],
  [
    'pageSize',
    {
      must: 'a whole number',
      holds: (value) => typeof value === 'number' && (value | 0) === value,
    },
  ],
]);

/** What the generated code makes of an enum value that it does not know. */
const UNRECOGNIZED = -1;

/** By the value that the field has while it is not set. */
function ruleOf(name: string, unset: unknown, type: JsonMessage<unknown>): Rule {
  if (isString(unset)) return STRING;
  if (typeof unset === 'boolean') return BOOLEAN;
  if (Array.isArray(unset)) return STRINGS;
  if (Buffer.isBuffer(unset)) return BYTES;
  const rule = MESSAGE_RULES.get(name);
  return rule ?? { must: 'the name of one of its values', holds: isEnumValue };

  function isEnumValue(value: unknown): boolean {
    return Reflect.get(Object(type.fromJSON({ [name]: value })), name) !== UNRECOGNIZED;
  }
}

/** The generated code wants a duration as `{seconds, nanos}`. */
function generatedForm(name: string, value: unknown): unknown {
  const { whole, fraction = '' } = SECONDS.exec(String(value))?.groups ?? {};
  if (name !== 'minTtl' || whole === undefined) return value;
  return { seconds: Number(whole), nanos: Number(fraction.padEnd(9, '0')) };
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}
