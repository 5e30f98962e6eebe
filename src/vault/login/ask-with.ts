import type { Secret } from '../../domain/secret.ts';
import type { VaultClient } from '../vault-client.ts';
import type { AskVault } from './login-method.ts';

/** @param connect makes a client of the active node that shows the token */
export function askWith(connect: (token: Secret | undefined) => VaultClient): AskVault {
  return async (token, act) => {
    const client = connect(token);
    try {
      return await act(client);
    } finally {
      await client.close();
    }
  };
}
