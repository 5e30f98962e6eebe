import type { RoleTokenAuth } from '../../domain/vault-auth.ts';
import type { LoginDependencies, LoginMethod } from './login-method.ts';
import { RoleToken } from './role-token.ts';

/**
 * The token of the pod's service account, which Vault shows to Kubernetes.
 * @see https://openbao.org/docs/auth/kubernetes/
 */
export function kubernetes(auth: RoleTokenAuth, deps: LoginDependencies): LoginMethod {
  return new RoleToken(
    auth,
    deps,
    `there is no role ${auth.role}, it is not for this service account, namespace or audience, Kubernetes does not know the token, or there is no such auth method. Compare \`vault read auth/${auth.mount}/role/${auth.role}\` with the pod, or correct \`vault.auth.kubernetes\`.`,
  );
}
