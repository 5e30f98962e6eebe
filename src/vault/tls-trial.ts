import type { VaultClient, VaultTls } from './vault-client.ts';
import type { Connection } from './vault-connection.ts';
import { VaultFault } from './vault-fault.ts';

/**
 * Whether new connections to Vault would fail with `next` that stand with the TLS that is in use.
 * While neither stands nobody can know.
 */
export async function cutsOff(
  { connectAs }: Pick<Connection, 'connectAs'>,
  next: VaultTls,
): Promise<boolean> {
  const [after, before] = await Promise.all([
    isAnswered(connectAs(undefined, next)),
    isAnswered(connectAs(undefined)),
  ]);
  return before && !after;
}

/** Over a connection of its own, whatever the answer says; closes `client`. */
async function isAnswered(client: VaultClient): Promise<boolean> {
  try {
    await client.read('sys/leader');
    return true;
  } catch (error) {
    if (error instanceof VaultFault) return false;
    throw error;
  } finally {
    await client.close();
  }
}
