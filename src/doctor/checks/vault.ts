import type { Check } from '../check.ts';
import { error, type Finding, warning } from '../finding.ts';
import { nodeFinding } from '../vault-nodes.ts';
import type { NodeReport } from '../vault-survey.ts';
import { versionFindings } from '../vault-versions.ts';

/** Each address of Vault: whether it answers, what it is, and whether all are of one cluster. */
export const vaultCheck: Check = {
  area: 'vault',
  async run(context) {
    const { vault } = context;
    const [nodes, hasActive] = await Promise.all([vault.nodes(), vault.hasActive()]);
    return [
      ...nodes.map((node) => nodeFinding(node, hasActive)),
      ...nodes.flatMap(versionFindings),
      ...activeFindings(nodes, hasActive),
      ...clusterFindings(nodes),
      ...(context.section('vault').tls.skipVerify ? [unverified()] : []),
    ];
  },
};

/** Standbys answer reads with old values, so the service starts with no active node in vain. */
function activeFindings(nodes: readonly NodeReport[], hasActive: boolean): readonly Finding[] {
  const isStandby = ({ states }: NodeReport) => states.every(({ kind }) => kind === 'standby');
  if (hasActive || !nodes.some(isStandby)) return [];
  return [
    error({
      id: 'vault.no_active_node',
      text: 'No address says that it is the active node, and standbys answer reads with old values.',
      remedy:
        'List the addresses of all nodes in `vault.addresses`, not one that stands for several; if they are there, ask one which is active: `vault status`.',
    }),
  ];
}

function unverified(): Finding {
  return warning({
    id: 'vault.unverified',
    text: 'Any certificate of Vault is taken, so anybody in between can read every token.',
    remedy:
      'Take out `vault.skip_verify` (VAULT_SKIP_VERIFY), and let `vault.ca_file` name the authority.',
  });
}

function clusterFindings(nodes: readonly NodeReport[]): readonly Finding[] {
  const ids = new Set(nodes.flatMap(({ health }) => health?.cluster_id ?? []));
  if (ids.size <= 1) return [];
  return [
    error({
      id: 'vault.clusters_differ',
      text: `The addresses in \`vault.addresses\` belong to ${ids.size} different clusters.`,
      remedy: 'Leave those of one cluster; `vault status` says at each address which it is.',
    }),
  ];
}
