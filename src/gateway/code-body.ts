import { z } from 'zod';
import { Failure, type FieldViolation } from '../domain/failure.ts';
import { repeatsAName } from '../domain/repeated-names.ts';
import { Refusal } from './refusal.ts';

/** The body of `POST /v1/google/code`, checked. A field that the app left out is absent. */
export interface CodeBody {
  readonly code: string;
  readonly codeSource?: 'MOBILE' | 'WEB_POPUP' | 'WEB_REDIRECT' | undefined;
  readonly redirectUri?: string | undefined;
  readonly codeVerifier?: string | undefined;
  readonly nonce?: string | undefined;
  /** Whether this account takes the place of another one that the app's user had connected. */
  readonly replaceAccount?: boolean | undefined;
}

/** The rules of TokenVault's own contract, so that a wrong field costs no call. */
const ANONYMOUS = z.strictObject({
  code: z.string().regex(/^[\x21-\x7e]{1,2048}$/),
  codeSource: z.enum(['MOBILE', 'WEB_POPUP', 'WEB_REDIRECT']).optional(),
  redirectUri: z
    .string()
    .regex(/^[\x21-\x7e]{1,2048}$/)
    .optional(),
  codeVerifier: z
    .string()
    .regex(/^[A-Za-z0-9._~-]{43,128}$/)
    .optional(),
  nonce: z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/)
    .optional(),
});

/** With a login it is known whose account would be replaced. */
const LOGGED_IN = ANONYMOUS.extend({ replaceAccount: z.boolean().optional() });

const EXPECTED: Readonly<Record<keyof CodeBody, string>> = {
  code: 'Needed: 1 to 2048 printable ASCII characters without spaces.',
  codeSource: 'One of MOBILE, WEB_POPUP, WEB_REDIRECT, or left out.',
  redirectUri: '1 to 2048 printable ASCII characters without spaces, or left out.',
  codeVerifier: '43 to 128 of A-Z a-z 0-9 - . _ ~, or left out.',
  nonce: '1 to 255 printable ASCII characters, or left out.',
  replaceAccount: 'true or false, or left out.',
};

/**
 * Reads one flat JSON object, each name once, UTF-8 without a byte order mark.
 * @param isLoggedIn whether a login token came with it
 * @throws Refusal REQUEST_MALFORMED; Failure FIELD_INVALID with the fields that are wrong
 */
export function parseCodeBody(bytes: Uint8Array, isLoggedIn = false): CodeBody {
  const schema: z.ZodType<CodeBody> = isLoggedIn ? LOGGED_IN : ANONYMOUS;
  const parsed = schema.safeParse(readObject(bytes));
  if (parsed.success) return parsed.data;
  throw new Failure('FIELD_INVALID', { violations: violationsOf(parsed.error) });
}

function readObject(bytes: Uint8Array): object {
  const { source, value } = readJson(bytes);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || !isFlat(value) || repeatsAName(source)) throw new Refusal('REQUEST_MALFORMED');
  return value;
}

function isFlat(value: object): boolean {
  const nested = Object.values(value).some((one) => typeof one === 'object' && one !== null);
  return !nested && !Object.hasOwn(value, '__proto__');
}

function readJson(bytes: Uint8Array): { readonly source: string; readonly value: unknown } {
  try {
    const source = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { source, value: JSON.parse(source) };
  } catch {
    // The parser's own message quotes the body, and the body holds the code.
    throw new Refusal('REQUEST_MALFORMED');
  }
}

/** In our own words: zod's messages quote the names that a request made up. */
function violationsOf(error: z.ZodError): readonly FieldViolation[] {
  const wrong = new Set(error.issues.flatMap((issue) => issue.path.slice(0, 1)));
  const fields = Object.entries(EXPECTED)
    .filter(([field]) => wrong.has(field))
    .map(([field, description]) => ({ field, description }));
  if (error.issues.every((issue) => issue.code !== 'unrecognized_keys')) return fields;
  return [...fields, { field: '', description: 'There is a field that this path does not know.' }];
}
