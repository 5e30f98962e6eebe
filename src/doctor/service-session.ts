import type { Secret } from '../domain/secret.ts';
import type { VaultAuth } from '../domain/vault-auth.ts';
import type { LoginDependencies } from '../vault/login/login-method.ts';
import { loginMethod } from '../vault/login/login-methods.ts';
import { revokeSelf } from '../vault/login/token-requests.ts';
import { CannotCheck } from './cannot-check.ts';

/** A login that would use up what the service needs. */
export class LoginLeft extends CannotCheck {}

/** A token as the service has one. */
export interface ServiceSession {
  readonly token: Secret;
  /** Ends the token where it was made here. */
  end(): Promise<void>;
}

/**
 * Comes by a token as the service does. One that somebody has made is shown as it is: to renew it is
 * the service's.
 * @throws LoginFault; LoginLeft
 */
export async function openSession(
  auth: VaultAuth,
  deps: LoginDependencies,
): Promise<ServiceSession> {
  switch (auth.method) {
    case 'fixed':
    case 'token':
    case 'token_file':
      return { token: auth.token, end: async () => undefined };
    case 'approle':
      refuseWrapped(auth.wrappedFor, auth.secretIdFile);
      break;
    default:
      break;
  }
  const { token } = await loginMethod(auth, deps).login();
  return { token, end: () => revokeSelf(deps.ask, token) };
}

function refuseWrapped(wrappedFor: string | undefined, file: string): void {
  if (wrappedFor === undefined) return;
  throw new LoginLeft(
    `The secret id in ${file} is wrapped and can be opened once, which is left to the service.`,
  );
}
