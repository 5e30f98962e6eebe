import type { ActiveNode } from './active-node.ts';
import type { NodeState } from './node-state.ts';

/** Why no address can be used, one sentence for each with what to do. */
export async function nodeProblems(
  node: ActiveNode,
  addresses: readonly string[],
): Promise<readonly string[]> {
  return Promise.all(
    addresses.map(
      async (address) => `Vault at ${address} ${problemOf(await node.stateOf(address))}`,
    ),
  );
}

function problemOf(state: NodeState): string {
  switch (state.kind) {
    case 'unreachable':
      return `cannot be reached (${state.code}): check the address, the network and, for HTTPS, the CA file.`;
    case 'standby':
      return 'is not the active node: list the addresses of all nodes, not one that stands for several.';
    case 'other':
      return `answers ${state.status}: check with \`vault status\` that it is initialised and unsealed.`;
    case 'active':
      return 'became active just now: start the service again.';
  }
}
