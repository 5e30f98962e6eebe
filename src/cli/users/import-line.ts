import { z } from 'zod';
import { ImportGrantRequest } from '../../gen/tokenvault/admin/v1/token_vault_admin.ts';
import { isRfc3339 } from '../rfc3339.ts';

/** One line of the file, by its number from 1; `problem` where it is none that can be sent. */
export type ImportLine =
  | { readonly number: number; readonly request: ImportGrantRequest }
  | { readonly number: number; readonly problem: string };

/** Bytes; the service takes no larger message. */
const LONGEST_LINE = 64 * 1024;

const time = z
  .string()
  .refine(isRfc3339)
  .transform((text) => new Date(text));

const MUSTS = {
  user_id: 'Google’s id of the user',
  oauth_client: 'a text',
  refresh_token: 'a text',
  scopes: 'a list of texts',
  external_user_id: 'a text',
  consent_time: 'a time as in RFC 3339',
} as const;

/** How Google's refresh and access tokens begin: a column in the place of another must not be sent. */
const TOKEN = /^(?:1\/\/|ya29\.)/;
const noToken = z.string().refine((text) => !TOKEN.test(text));

const schema = z.strictObject({
  user_id: noToken,
  oauth_client: noToken.optional(),
  refresh_token: z.string(),
  scopes: z.array(noToken).optional(),
  external_user_id: noToken.optional(),
  consent_time: time.optional(),
});

/** Reads one line. What is wrong is told in our own words: anything in it may be a token. */
export function readImportLine(text: string, number: number, verify: boolean): ImportLine {
  if (Buffer.byteLength(text) > LONGEST_LINE) return { number, problem: TOO_LONG };
  const parsed = schema.safeParse(parsedJson(text));
  if (!parsed.success) return { number, problem: problemOf(parsed.error.issues) };
  const { data } = parsed;
  const request = ImportGrantRequest.fromPartial({
    userId: data.user_id,
    oauthClient: data.oauth_client,
    refreshToken: data.refresh_token,
    scopes: data.scopes,
    externalUserId: data.external_user_id,
    consentTime: data.consent_time,
    verify,
  });
  return { number, request };
}

const TOO_LONG = `it is longer than ${LONGEST_LINE / 1024} KiB`;

/** The lines of a file that may be larger than memory, without empty ones. */
export async function* importLines(
  pieces: AsyncIterable<Buffer>,
  verify: boolean,
): AsyncGenerator<ImportLine> {
  let number = 0;
  for await (const text of textLines(pieces)) {
    number += 1;
    if (text?.trim() === '') continue;
    yield text === undefined ? { number, problem: TOO_LONG } : readImportLine(text, number, verify);
  }
}

/** Undefined for a line of which no more was kept than that it is too long. */
async function* textLines(pieces: AsyncIterable<Buffer>): AsyncGenerator<string | undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  let isLong = false;
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      yield isLong ? undefined : line;
      isLong = false;
    }
    if (rest.length <= LONGEST_LINE) continue;
    isLong = true;
    rest = '';
  }
  if (isLong) yield undefined;
  else if (rest !== '') yield rest;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    return undefined;
  }
}

function problemOf([issue]: readonly z.core.$ZodIssue[]): string {
  const key = Object.entries(MUSTS).find(([name]) => name === issue?.path[0]);
  if (key !== undefined) return `\`${key[0]}\` must be ${key[1]}`;
  if (issue?.code !== 'unrecognized_keys') return 'it is not a JSON object';
  return `it has a key beside ${Object.keys(MUSTS).join(', ')}`;
}
