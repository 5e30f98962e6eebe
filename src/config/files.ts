import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { Secret } from '../domain/secret.ts';
import { certificatesIn } from '../keys/pem.ts';

/** Gives a file's text, or throws. Passed in, so that tests need no files. */
export type ReadFile = (path: string) => string;

/** Gives the names in a folder, or throws. Passed in likewise. */
export type ListFolder = (path: string) => readonly string[];

const LONGEST_FILE = 1_048_576;
/** Vault's tokens are far shorter; a whole file given by mistake is not. */
const TOKEN = /^[\x21-\x7e]{1,4096}$/;
/** Tokens of other issuers carry whole sets of claims. */
const ONE_WORD = /^[\x21-\x7e]{1,16384}$/;

/** The name of a file of PEM certificates; the value is its text. */
export function certificatesFile(readFile: ReadFile) {
  return contentsOf(readFile, 'must name a file of PEM certificates', (text) =>
    isCertificate(text) ? text : undefined,
  );
}

/** The name of a file with one unencrypted private key, PEM; the value is its text. */
export function privateKeyFile(readFile: ReadFile) {
  return contentsOf(readFile, 'must name a file with a PEM private key, not encrypted', (text) =>
    parses(() => createPrivateKey(text)) ? new Secret(text) : undefined,
  );
}

/** A file with one token in it, and which it is now. */
export interface TokenInFile {
  readonly file: string;
  readonly token: Secret;
}

/** The name of a file that holds one token and nothing else. */
export function tokenFile(readFile: ReadFile) {
  const message = 'must name a file that holds one token and nothing else';
  return contentsOf(readFile, message, (text, { file }): TokenInFile | undefined => {
    const token = text.trim();
    return isToken(token) ? { file, token: new Secret(token) } : undefined;
  });
}

/** The name of a file that holds `what` and nothing else; the value is the name: it is read again later. */
export function laterFile(readFile: ReadFile, what: string) {
  return contentsOf(readFile, `must name a file that holds ${what}`, (text, { file }) =>
    ONE_WORD.test(text.trim()) ? file : undefined,
  );
}

/** The name of a folder of files of PEM certificates; the value is the text of all of them. */
export function certificatesFolder(readFile: ReadFile, listFolder: ListFolder) {
  const message = 'must name a folder of files of PEM certificates';
  return z.string({ error: () => message }).transform((folder, context) => {
    try {
      const texts = listFolder(folder).map((name) => readFile(`${folder}/${name}`));
      const found = texts.filter(isCertificate);
      if (found.length > 0) return found.join('\n');
    } catch {
      // Told below: what the system says of it helps nobody who knows the folder.
    }
    context.addIssue(`${message}, but that folder cannot be read or holds none`);
    return z.NEVER;
  });
}

/** Whether `text` is PEM of at least one certificate. */
export function isCertificate(text: string): boolean {
  return parses(() => certificatesIn(text));
}

/** Whether `text` can be a token: what fits into an HTTP header, and no more than 4 KiB. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Where a text came from, and where to say what is wrong with it. */
export interface FileContext {
  readonly file: string;
  readonly context: z.RefinementCtx;
}

/**
 * The name of a file; the value is what `parse` makes of its text. Where `parse` gives undefined,
 * the file is not what `message` asks for.
 */
export function contentsOf<Value>(
  readFile: ReadFile,
  message: string,
  parse: (text: string, from: FileContext) => Value | undefined,
) {
  return z.string({ error: () => message }).transform((path, context) => {
    const read = readText(readFile, path);
    if ('problem' in read) {
      context.addIssue(`${message}, but that file ${read.problem}`);
      return z.NEVER;
    }
    const value = parse(read.text, { file: path, context });
    if (value !== undefined) return value;
    if (context.issues.length === 0) context.addIssue(`${message}, but that file is not one`);
    return z.NEVER;
  });
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
