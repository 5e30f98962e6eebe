import type { VaultClient } from '../vault-client.ts';
import { type Policy, renderPolicy } from './policies.ts';
import { unexpectedReply } from './refusal.ts';

/**
 * Writes the policies, replacing those of the same names.
 * @returns their names
 * @throws Refusal
 */
export async function writePolicies(
  client: VaultClient,
  policies: readonly Policy[],
): Promise<readonly string[]> {
  for (const policy of policies) {
    const reply = await client.write(`sys/policies/acl/${policy.name}`, {
      policy: renderPolicy(policy),
    });
    if (reply.status !== 200 && reply.status !== 204) {
      throw unexpectedReply(reply, `write the policy ${policy.name}`);
    }
  }
  return policies.map(({ name }) => name);
}
