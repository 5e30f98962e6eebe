import { createPrivateKey } from 'node:crypto';
import { Secret } from '../domain/secret.ts';
import { certificatesIn, isPair } from '../keys/pem.ts';
import { type ConnectionSettings, named, type SettingName } from './connection-settings.ts';

/** Gives a file's text, or throws. */
export type ReadFile = (path: string) => string;

/** What the files hold: text by setting. */
export type FileTexts = Readonly<Partial<Record<SettingName, string>>>;

/** A setting that names a file, what the file must be, and whether a text is. */
interface FileRule {
  readonly must: string;
  readonly check: (text: string) => unknown;
}

const CERTIFICATES = { must: 'must name a file of PEM certificates', check: certificatesIn };
const RULES = {
  caFile: CERTIFICATES,
  certFile: CERTIFICATES,
  keyFile: {
    must: 'must name a file with a PEM private key, not encrypted',
    check: (text) => createPrivateKey(text),
  },
  jwtFile: {
    must: 'must name a file that holds one token and nothing else',
    check: (text) => {
      if (!ONE_WORD.test(text)) throw new Error('That is no token.');
    },
  },
} as const satisfies Partial<Record<SettingName, FileRule>>;

/** What fits into a header; tokens that carry whole sets of claims are long. */
const ONE_WORD = /^[\x21-\x7e]{1,16384}$/;

const LONGEST_FILE = 1_048_576;

type FileSetting = keyof typeof RULES;

/** Paths by the setting that names them. */
export type Files = ReadonlyMap<FileSetting, string>;

/** The files that make a connection: another of them takes another connection. */
export function trustFiles(settings: ConnectionSettings): Files {
  const { caFile } = settings;
  if ('jwtFile' in settings) return new Map([['caFile', caFile]]);
  const { certFile, keyFile } = settings;
  return new Map([
    ['caFile', caFile],
    ['certFile', certFile],
    ['keyFile', keyFile],
  ]);
}

/** The file that is read for each call, if there is one. */
export function tokenFiles(settings: ConnectionSettings): Files {
  return new Map('jwtFile' in settings ? [['jwtFile', settings.jwtFile]] : []);
}

export function allFiles(settings: ConnectionSettings): Files {
  return new Map([...trustFiles(settings), ...tokenFiles(settings)]);
}

/** Of `texts`, those of `files`. */
export function textsOf(files: Files, texts: FileTexts): FileTexts {
  return Object.fromEntries([...files.keys()].map((name) => [name, texts[name]]));
}

/** What files hold, without blanks around, and everything that is wrong with them. */
export interface ReadTexts {
  readonly texts: FileTexts;
  readonly problems: readonly string[];
}

export function readTexts(files: Files, readFile: ReadFile): ReadTexts {
  const texts: Partial<Record<SettingName, string>> = {};
  const problems: string[] = [];
  for (const [name, path] of files) {
    try {
      const text = readFile(path).trim();
      texts[name] = text;
      if (text.length > LONGEST_FILE || !passes(name, text)) {
        problems.push(`${named(name, path)} ${RULES[name].must}, but that file is not one.`);
      }
    } catch (error) {
      const why = `but that file ${whyUnread(error)}`;
      problems.push(`${named(name, path)} ${RULES[name].must}, ${why}.`);
    }
  }
  return { texts, problems: problems.length > 0 ? problems : pairProblems(files, texts) };
}

function pairProblems(files: Files, { certFile, keyFile }: FileTexts): readonly string[] {
  if (certFile === undefined || keyFile === undefined) return [];
  if (isPair(certFile, new Secret(keyFile))) return [];
  const key = named('keyFile', files.get('keyFile') ?? '');
  return [`${key} must name the private key of the certificate in ${files.get('certFile')}.`];
}

/** What the parser says could quote the file: whether it parses is all that is kept. */
function passes(name: FileSetting, text: string): boolean {
  try {
    RULES[name].check(text);
    return true;
  } catch {
    return false;
  }
}

/** Only the system's code: the rest says nothing that the name of the setting does not. */
function whyUnread(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return 'does not exist';
  return code === '' ? 'cannot be read' : `cannot be read (${code})`;
}
