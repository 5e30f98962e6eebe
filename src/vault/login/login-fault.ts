export type LoginFaultKind =
  /** Vault does not take what it was shown; showing the same again changes nothing. */
  | 'refused'
  /** There is nothing to show: a file is missing, or holds something else. */
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
