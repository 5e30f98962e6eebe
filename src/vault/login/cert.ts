import type { AskVault, Granted, LoginMethod } from './login-method.ts';
import { sendLogin } from './token-requests.ts';

export interface CertAuth {
  readonly mount: string;
  readonly name?: string | undefined;
}

/**
 * The client certificate of the connection.
 * @see https://openbao.org/docs/auth/cert/
 */
export class Cert implements LoginMethod {
  readonly name = 'cert';
  readonly makesTokens = true;
  readonly locksOut = false;
  readonly #auth: CertAuth;
  readonly #ask: AskVault;

  constructor(auth: CertAuth, ask: AskVault) {
    this.#auth = auth;
    this.#ask = ask;
  }

  async login(): Promise<Granted> {
    const { mount, name } = this.#auth;
    return sendLogin(this.#ask, {
      mount,
      body: name === undefined ? {} : { name },
      refused: `no role there trusts the certificate in \`vault.client_cert_file\`, TLS ends before Vault so that it sees none, or there is no such auth method. Compare \`vault list auth/${mount}/certs\` with the certificate, or correct \`vault.auth.cert\`.`,
    });
  }

  /** A new certificate is for the next connection: the ordinary tries find it. */
  hasNewCredentials(): boolean {
    return false;
  }
}
