import type { RoleTokenAuth } from '../../domain/vault-auth.ts';
import { CredentialFile } from './credential-file.ts';
import type { Granted, LoginDependencies, LoginMethod } from './login-method.ts';
import { sendLogin } from './token-requests.ts';

/** A role, and a token from a file that its issuer replaces: the part that two methods share. */
export class RoleToken implements LoginMethod {
  readonly name: RoleTokenAuth['method'];
  readonly makesTokens = true;
  readonly locksOut = false;
  readonly #auth: RoleTokenAuth;
  readonly #deps: LoginDependencies;
  readonly #file: CredentialFile;
  readonly #refused: string;

  /** @param refused what is wrong where Vault refuses the login, and what to do */
  constructor(auth: RoleTokenAuth, deps: LoginDependencies, refused: string) {
    this.name = auth.method;
    this.#auth = auth;
    this.#deps = deps;
    this.#file = new CredentialFile(auth.jwtFile, deps.readFile);
    this.#refused = refused;
  }

  async login(): Promise<Granted> {
    const { mount, role } = this.#auth;
    const body = { role, jwt: this.#file.take().reveal() };
    return sendLogin(this.#deps.ask, { mount, body, refused: this.#refused });
  }

  hasNewCredentials(): boolean {
    return this.#file.changed;
  }
}
