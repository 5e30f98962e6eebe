import type { Secret } from '../../domain/secret.ts';
import type { AskVault, Granted, LoginMethod } from './login-method.ts';
import { adopt } from './token-requests.ts';

/** A token from the environment: there is no other one until the process starts again. */
export class GivenToken implements LoginMethod {
  readonly name = 'token';
  readonly makesTokens = false;
  readonly locksOut = false;
  readonly #token: Secret;
  readonly #ask: AskVault;

  constructor(token: Secret, ask: AskVault) {
    this.#token = token;
    this.#ask = ask;
  }

  login(): Promise<Granted> {
    return adopt(this.#ask, this.#token);
  }

  hasNewCredentials(): boolean {
    return false;
  }
}
