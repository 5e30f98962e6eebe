import type { AppRoleAuth } from '../../domain/vault-auth.ts';
import { CredentialFile } from './credential-file.ts';
import type { Granted, LoginDependencies, LoginMethod } from './login-method.ts';
import { sendLogin } from './token-requests.ts';
import { type Unwrapped, WrappedSecretId } from './wrapped-secret-id.ts';

/**
 * A role id, and a secret id from a file.
 * @see https://openbao.org/docs/auth/approle/
 */
export class AppRole implements LoginMethod {
  readonly name = 'approle';
  readonly makesTokens = true;
  readonly locksOut = true;
  readonly #auth: AppRoleAuth;
  readonly #deps: LoginDependencies;
  readonly #file: CredentialFile;
  readonly #wrapped: WrappedSecretId | undefined;

  constructor(auth: AppRoleAuth, deps: LoginDependencies) {
    const { mount, wrappedFor: role } = auth;
    this.#auth = auth;
    this.#deps = deps;
    this.#file = new CredentialFile(auth.secretIdFile, deps.readFile);
    this.#wrapped = role === undefined ? undefined : new WrappedSecretId({ mount, role }, deps.ask);
  }

  async login(): Promise<Granted> {
    const { mount, roleId, secretIdFile } = this.#auth;
    const inFile = this.#file.take();
    const { secretId, problem }: Unwrapped = (await this.#wrapped?.unwrap(inFile)) ?? {
      secretId: inFile,
    };
    const granted = await sendLogin(this.#deps.ask, {
      mount,
      body: { role_id: roleId, secret_id: secretId.reveal() },
      refused: `the role id or the secret id is wrong, used up or expired, the role id is locked after too many failures, or there is no such auth method. Put a new secret id into ${secretIdFile}, or correct \`vault.auth.approle\`.`,
    });
    return { ...granted, problem };
  }

  hasNewCredentials(): boolean {
    return this.#file.changed;
  }
}
