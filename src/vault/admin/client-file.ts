import { z } from 'zod';
import { Secret } from '../../domain/secret.ts';
import { Refusal } from './refusal.ts';

/** What TokenVault takes from a `client_secret_….json` of Google's console. */
export interface ClientFile {
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly redirectUris: readonly string[];
  readonly javascriptOrigins: readonly string[];
}

/** Google's own files are below 2 KiB. */
const MAX_FILE_LENGTH = 64 * 1024;

/** Lists are stored with commas between their items, so an item must not hold one. */
const uri = z
  .url({ protocol: /^https?$/, error: 'is not an http(s) URL' })
  .max(512, 'is longer than 512 characters')
  .refine((value) => !/[,\s]/.test(value), 'must not hold a comma or a space (write %2C, %20)');

const visible = z
  .string({ error: 'is missing, or no text' })
  .regex(/^[\x21-\x7e]{1,255}$/, 'is not 1 to 255 printable characters');

const uris = z
  .array(uri, { error: 'is not a list' })
  .max(100, 'has more than 100 entries')
  .optional();

const webClient = z.object(
  {
    client_id: visible,
    client_secret: visible,
    redirect_uris: uris,
    javascript_origins: uris,
  },
  { error: 'is not an object' },
);

/**
 * Reads the file that Google's console offers for an OAuth client of type "Web application".
 * @throws Refusal naming the keys that are wrong, never their values
 */
export function parseClientFile(text: string): ClientFile {
  if (text.length > MAX_FILE_LENGTH) {
    throw unusable('The file is larger than 64 KiB: give the client_secret_….json from Google.');
  }
  const file = parseJson(text);
  if ('installed' in file) {
    throw unusable(
      'This file is of an installed app, whose secret is not secret: use a client of type "Web application", whose id the mobile apps name as their server client id.',
    );
  }
  if (!('web' in file)) {
    throw unusable(
      'The file has no "web" client: download it from Google’s console for a client of type "Web application".',
    );
  }
  const web = webClient.safeParse(file.web);
  if (!web.success) {
    const problems = web.error.issues.map(
      ({ path, message }) => `${['web', ...path].join('.')} ${message}`,
    );
    throw unusable(`The file is not as Google writes it (${problems.join('; ')}).`);
  }
  return {
    clientId: web.data.client_id,
    clientSecret: new Secret(web.data.client_secret),
    redirectUris: web.data.redirect_uris ?? [],
    javascriptOrigins: web.data.javascript_origins ?? [],
  };
}

function parseJson(text: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and with it the secret.
    throw unusable('The file is not JSON: give the client_secret_….json from Google.');
  }
  if (typeof parsed !== 'object' || parsed === null) {
    throw unusable('The file is not a JSON object: give the client_secret_….json from Google.');
  }
  return parsed;
}

function unusable(message: string): Refusal {
  return new Refusal(message, 'input');
}
