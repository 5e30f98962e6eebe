import type { AccessLosses } from '../access-losses.ts';
import type { LoginMethod } from './login-method.ts';

export type LoginFaultKind =
  /** Vault does not take what it was shown; showing the same again changes nothing. */
  | 'refused'
  /** There is nothing to show: a file is missing, or holds something else, or does not open. */
  | 'no_credentials'
  /** Vault cannot answer now. */
  | 'unavailable';

/** Why a login gave no token. The message is a sentence of our own that says what to do. */
export class LoginFault extends Error {
  readonly kind: LoginFaultKind;

  constructor(kind: LoginFaultKind, message: string) {
    super(message);
    this.name = 'LoginFault';
    this.kind = kind;
  }
}

export function diesYoung(): LoginFault {
  return new LoginFault(
    'refused',
    'Each new token is dead within seconds: set `token_num_uses` of the role to 0, and compare its bound addresses with this host.',
  );
}

/** Pages where it is news. */
export function noteRefused(
  losses: AccessLosses,
  { name: method }: LoginMethod,
  problem: string,
): void {
  losses.note('login_refused', problem, (alerts) =>
    alerts.raise('vault_login_refused', { method, problem }),
  );
}
