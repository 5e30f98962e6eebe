import type { AppWorld } from '../../../test/support/app-world.ts';
import { writeAtVault } from '../at-vault.ts';
import type { RotatedSecret } from '../rotated-secret.ts';

const oauthClient = 'default';

/** The secret by which Google knows the client: made there, written into Vault, ended there. */
export function oauthClientSecret(world: AppWorld): RotatedSecret {
  const { clientId, secret } = world.clients[oauthClient];
  let inUse = secret;
  let made = 0;
  const patch = (fields: object) =>
    writeAtVault(world, `clients/${oauthClient}`, { patch: fields });
  return {
    name: 'OAuth client secret',
    taken: { event: 'oauth_client_changed', fields: { oauthClient } },
    refused: { event: 'oauth_client_secret_refused', fields: { oauthClient } },
    rotate: async () => {
      made += 1;
      const next = `GOCSPX-rotated-number-${String(made).padStart(4, '0')}`;
      world.google.setClientSecrets(clientId, [inUse, next]);
      const fields = { client_id: clientId, client_secret: next, previous_client_secret: inUse };
      inUse = next;
      await patch(fields);
    },
    retire: async () => world.google.setClientSecrets(clientId, [inUse]),
    spoil: async (turn) =>
      patch(
        turn % 2 === 0
          ? { client_secret: `GOCSPX-mistyped-number-${turn}`, previous_client_secret: inUse }
          : { client_id: `somebody-${turn}.apps.googleusercontent.com` },
      ),
  };
}
