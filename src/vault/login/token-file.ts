import { CredentialFile } from './credential-file.ts';
import type { Granted, LoginDependencies, LoginMethod } from './login-method.ts';
import { adopt } from './token-requests.ts';

/** A token in a file that somebody else keeps alive, such as Vault Agent. */
export class TokenFile implements LoginMethod {
  readonly name = 'token_file';
  readonly makesTokens = false;
  readonly locksOut = false;
  readonly #file: CredentialFile;
  readonly #deps: LoginDependencies;

  constructor(path: string, deps: LoginDependencies) {
    this.#file = new CredentialFile(path, deps.readFile);
    this.#deps = deps;
  }

  async login(): Promise<Granted> {
    return adopt(this.#deps.ask, this.#file.take());
  }

  hasNewCredentials(): boolean {
    return this.#file.changed;
  }
}
