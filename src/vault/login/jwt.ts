import type { RoleTokenAuth } from '../../domain/vault-auth.ts';
import type { LoginDependencies, LoginMethod } from './login-method.ts';
import { RoleToken } from './role-token.ts';

/**
 * A token whose issuer Vault trusts.
 * @see https://openbao.org/docs/auth/jwt/
 */
export function jwt(auth: RoleTokenAuth, deps: LoginDependencies): LoginMethod {
  return new RoleToken(
    auth,
    deps,
    `there is no role ${auth.role}, the token in ${auth.jwtFile} has expired or its issuer, audience or claims are not those of the role, or there is no such auth method. Compare \`vault read auth/${auth.mount}/role/${auth.role}\` with the token, or correct \`vault.auth.jwt\`.`,
  );
}
