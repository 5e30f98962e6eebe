import type { VaultAuth } from '../../domain/vault-auth.ts';
import { AppRole } from './approle.ts';
import { Cert } from './cert.ts';
import { GivenToken } from './given-token.ts';
import { jwt } from './jwt.ts';
import { kubernetes } from './kubernetes.ts';
import type { LoginDependencies, LoginMethod } from './login-method.ts';
import { TokenFile } from './token-file.ts';

/** Every way to a token that somebody has to look after. */
export type LoginAuth = Exclude<VaultAuth, { readonly method: 'fixed' }>;

/** The method that `auth` configures. */
export function loginMethod(auth: LoginAuth, deps: LoginDependencies): LoginMethod {
  switch (auth.method) {
    case 'token':
      return new GivenToken(auth.token, deps.ask);
    case 'token_file':
      return new TokenFile(auth.file, deps);
    case 'approle':
      return new AppRole(auth, deps);
    case 'kubernetes':
      return kubernetes(auth, deps);
    case 'jwt':
      return jwt(auth, deps);
    case 'cert':
      return new Cert(auth, deps.ask);
  }
}
