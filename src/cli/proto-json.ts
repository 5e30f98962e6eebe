import { UsageError } from './usage-error.ts';

/** The JSON half of a generated message. */
export interface JsonMessage<Message> {
  fromJSON(json: unknown): Message;
  toJSON(message: Message): unknown;
}

const DURATION_FIELDS: ReadonlySet<string> = new Set(['minTtl']);
const TIMESTAMP_FIELDS: ReadonlySet<string> = new Set(['grantedBefore']);

/**
 * A request from proto JSON: names in lowerCamelCase, durations as `60s`, times as RFC 3339, bytes as
 * base64. The generated code ignores what it does not understand; a mistyped name would then send
 * another request than the one that was meant, so it is refused.
 * @see https://protobuf.dev/programming-guides/json/
 * @throws UsageError naming the field
 */
export function requestFromJson<Request>(type: JsonMessage<Request>, json: unknown): Request {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new UsageError('The request must be a JSON object, such as \'{"userId": "…"}\'.');
  }
  const fields = Object.entries(json).map(([name, value]) => [name, generatedForm(name, value)]);
  const request = type.fromJSON(Object.fromEntries(fields));
  const understood: Readonly<Record<string, unknown>> = Object(type.toJSON(request));
  for (const [name, value] of Object.entries(json)) {
    const lost = !Object.hasOwn(understood, name) && !isDefault(value);
    const known = Object.hasOwn(Object(request), name);
    if (!known || lost || understood[name] === 'UNRECOGNIZED') throw refused(name);
  }
  return request;
}

/** What proto JSON leaves out, so that nothing is lost with it. */
function isDefault(value: unknown): boolean {
  return value === null || value === '' || value === 0 || value === false || isEmptyArray(value);
}

function isEmptyArray(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** The generated code wants `{seconds, nanos}`, and takes any text as a time. */
function generatedForm(name: string, value: unknown): unknown {
  if (DURATION_FIELDS.has(name)) {
    const [, seconds, fraction] = /^(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(String(value)) ?? [];
    if (seconds === undefined) throw refused(name);
    return { seconds: Number(seconds), nanos: Number((fraction ?? '').padEnd(9, '0')) };
  }
  if (TIMESTAMP_FIELDS.has(name) && Number.isNaN(Date.parse(String(value)))) throw refused(name);
  return value;
}

function refused(name: string): UsageError {
  return new UsageError(
    `The field ${JSON.stringify(name)} is unknown or its value is not of its type: see proto/tokenvault/v1/token_vault.proto, with names in lowerCamelCase, durations as "60s" and times as RFC 3339.`,
  );
}
