import { type Needs, vaultProblems } from './admin/preflight.ts';
import { sentenceOf, type VaultProblemKind } from './admin/vault-problem.ts';
import type { VaultClient } from './vault-client.ts';
import { VaultFault } from './vault-fault.ts';

/** Vault’s answers that say nothing of a token: it is sealed, too busy, or without an active node. */
const PASSING: readonly VaultProblemKind[] = [
  'vault_refuses',
  'mount_unavailable',
  'mount_not_ready',
];

/**
 * Why the service could not work with the token of `client`, which is closed. None where Vault cannot
 * say.
 */
export async function tokenProblems(
  client: VaultClient,
  mounts: Needs,
): Promise<readonly string[]> {
  try {
    const problems = await vaultProblems(client, mounts);
    return problems.filter(({ kind }) => !PASSING.includes(kind)).map(sentenceOf);
  } catch (error) {
    if (error instanceof VaultFault) return [];
    throw error;
  } finally {
    await client.close();
  }
}
