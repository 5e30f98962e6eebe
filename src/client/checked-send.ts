import { violationsOf } from './call-options.ts';
import type { Send } from './send.ts';
import { TokenVaultError } from './token-vault-error.ts';

/** Ends a call whose options are wrong with INVALID_ARGUMENT, all of them named, and sends nothing. */
export function checkedSend<Client>(send: Send<Client>): Send<Client> {
  return async (method, request, options) => {
    const violations = violationsOf(options);
    if (violations.length === 0) return send(method, request, options);
    const [code, reason] = ['INVALID_ARGUMENT', 'FIELD_INVALID'] as const;
    throw new TokenVaultError({ code, reason, violations, sent: false });
  };
}
