import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { Secret } from '../domain/secret.ts';
import { certificatesIn } from './pem.ts';

/** Gives a file's text, or throws. Passed in, so that tests need no files. */
export type ReadFile = (path: string) => string;

const LONGEST_FILE = 1_048_576;
/** Vault's tokens are far shorter; a whole file given by mistake is not. */
const TOKEN = /^[\x21-\x7e]{1,4096}$/;

/** The name of a file of PEM certificates; the value is its text. */
export function certificatesFile(readFile: ReadFile) {
  return contentsOf(readFile, 'must name a file of PEM certificates', (text) =>
    parses(() => certificatesIn(text)) ? text : undefined,
  );
}

/** The name of a file with one unencrypted private key, PEM; the value is its text. */
export function privateKeyFile(readFile: ReadFile) {
  return contentsOf(readFile, 'must name a file with a PEM private key, not encrypted', (text) =>
    parses(() => createPrivateKey(text)) ? new Secret(text) : undefined,
  );
}

/** The name of a file that holds one token and nothing else; the value is the token. */
export function tokenFile(readFile: ReadFile) {
  return contentsOf(readFile, 'must name a file that holds one token and nothing else', (text) => {
    const token = text.trim();
    return isToken(token) ? new Secret(token) : undefined;
  });
}

/** Whether `text` can be a token: what fits into an HTTP header, and no more than 4 KiB. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * The name of a file; the value is what `parse` makes of its text. Where `parse` gives undefined,
 * the file is not what `message` asks for.
 */
export function contentsOf<Value>(
  readFile: ReadFile,
  message: string,
  parse: (text: string, context: z.RefinementCtx) => Value | undefined,
) {
  return z.string({ error: () => message }).transform((path, context) => {
    const read = readText(readFile, path);
    if ('problem' in read) {
      context.addIssue(`${message}, but that file ${read.problem}`);
      return z.NEVER;
    }
    const value = parse(read.text, context);
    if (value !== undefined) return value;
    if (context.issues.length === 0) context.addIssue(`${message}, but that file is not one`);
    return z.NEVER;
  });
}

/** Whether `key` belongs to the first of `certificates`. */
export function isPair(certificates: string, key: Secret): boolean {
  const [own] = certificatesIn(certificates);
  return own?.checkPrivateKey(createPrivateKey(key.reveal())) === true;
}

/** A file's text, or why there is none, without quoting anything. */
export function readText(
  readFile: ReadFile,
  path: string,
): { readonly text: string } | { readonly problem: string } {
  try {
    const text = readFile(path);
    return text.length > LONGEST_FILE ? { problem: 'is longer than 1 MiB' } : { text };
  } catch (error) {
    // Only the system's code: the rest of the error says nothing that the key does not.
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT') return { problem: 'does not exist' };
    return { problem: code === '' ? 'cannot be read' : `cannot be read (${code})` };
  }
}

/** The parser's own words could quote the file, so only whether it parses is kept. */
function parses(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}
