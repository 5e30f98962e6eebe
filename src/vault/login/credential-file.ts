import { Secret } from '../../domain/secret.ts';
import { LoginFault } from './login-fault.ts';
import type { ReadFile } from './login-method.ts';

/** What fits into a header or a field: tokens and secret ids are far shorter, whole files are not. */
const ONE_WORD = /^[\x21-\x7e]{1,16384}$/;

/** A file with one secret in it, which somebody else replaces now and then. */
export class CredentialFile {
  readonly #path: string;
  readonly #readFile: ReadFile;
  #taken: Secret | undefined;

  constructor(path: string, readFile: ReadFile) {
    this.#path = path;
    this.#readFile = readFile;
  }

  /** What it holds now. @throws LoginFault */
  take(): Secret {
    const found = this.#read();
    if (found === undefined) {
      throw new LoginFault(
        'no_credentials',
        `The file ${this.#path} cannot be read, or does not hold one secret and nothing else: put it there, readable by this process.`,
      );
    }
    this.#taken = found;
    return found;
  }

  /** Whether it holds something else than what was taken last. */
  get changed(): boolean {
    const found = this.#read();
    return found !== undefined && this.#taken?.equals(found) !== true;
  }

  #read(): Secret | undefined {
    try {
      const text = this.#readFile(this.#path).trim();
      return ONE_WORD.test(text) ? new Secret(text) : undefined;
    } catch {
      // The caller says that it cannot be read; the system's error adds nothing that helps.
      return undefined;
    }
  }
}
