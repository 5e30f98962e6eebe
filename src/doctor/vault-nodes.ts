import type { NodeState } from '../vault/node-state.ts';
import { connectionRemedy } from './connection-remedy.ts';
import { error, type Finding, type FindingId, ok, warning } from './finding.ts';
import type { NodeReport } from './vault-survey.ts';
import { productOf } from './vault-versions.ts';

const TRUST = 'let `vault.ca_file` name the authority of Vault’s certificate.';

/** @param hasActive whether the service would have a node to work with all the same */
export function nodeFinding(node: NodeReport, hasActive: boolean): Finding {
  const kinds = new Set(node.states.map(({ kind }) => kind));
  if (kinds.has('active') && kinds.has('standby')) return loadBalanced(node);
  // Of answers that differ otherwise, a node that just starts, one that is no use is telling.
  const state = node.states.find(({ kind }) => kind !== 'active' && kind !== 'standby');
  return stateFinding(node, state ?? node.states[0], hasActive);
}

function stateFinding(node: NodeReport, state: NodeState | undefined, hasActive: boolean): Finding {
  const { address, health } = node;
  const say = hasActive ? warning : error;
  const trouble = (id: FindingId, text: string, remedy: string) =>
    say({ id, about: address, text: `Vault at ${address} ${text}`, remedy });
  switch (state?.kind) {
    case 'active':
      return ok(
        'vault.node',
        `Vault at ${address} is the active node${productText(node)}.`,
        address,
      );
    case 'standby': {
      const text = `Vault at ${address} is a standby${productText(node)}; the service reads at the active node alone.`;
      return ok('vault.node', text, address);
    }
    case 'unreachable': {
      const { code } = state;
      return trouble(
        'vault.unreachable',
        `cannot be reached (${code}).`,
        connectionRemedy(code, TRUST),
      );
    }
    default:
      break;
  }
  if (health?.initialized === false) {
    return trouble(
      'vault.not_initialised',
      'is not initialised.',
      'Run `vault operator init` there.',
    );
  }
  if (health?.sealed === true) {
    return trouble(
      'vault.sealed',
      'is sealed.',
      `Run \`vault operator unseal -address=${address}\`.`,
    );
  }
  return trouble(
    'vault.not_vault',
    `answers ${state?.status ?? 'nothing'} and does not say what it is.`,
    'Check that the address is Vault’s own, without a proxy in front.',
  );
}

function loadBalanced({ address }: NodeReport): Finding {
  return error({
    id: 'vault.load_balanced',
    about: address,
    text: `Vault at ${address} stands for several nodes: now the active one answers, now a standby.`,
    remedy:
      'List the address of each node in `vault.addresses` instead: the service finds the active one.',
  });
}

function productText({ health }: NodeReport): string {
  return health === undefined ? '' : ` (${productOf(health)} ${health.version})`;
}
