import { mountProblems, ownMountProblems } from '../../vault/admin/mount-problems.ts';
import type { MountState } from '../../vault/admin/mount-state.ts';
import type { VaultProblem, VaultProblemKind } from '../../vault/admin/vault-problem.ts';
import type { Check } from '../check.ts';
import { error, type Finding, type FindingId, ok, skipped } from '../finding.ts';
import { sentence } from '../sentence.ts';

const IDS: Readonly<Partial<Record<VaultProblemKind, FindingId>>> = {
  mount_missing: 'mounts.missing',
  mount_not_kv2: 'mounts.not_kv2',
  mount_not_ready: 'mounts.not_ready',
  mount_expires: 'mounts.expires',
  mount_without_cas: 'mounts.without_cas',
  mount_versions: 'mounts.versions',
};

/** Both mounts: that they are there, of the right kind, and with the options on which order rests. */
export const mountsCheck: Check = {
  area: 'mounts',
  async run(context) {
    const { mount, configMount } = context.section('vault');
    const { vault } = context;
    const [own, config] = await Promise.all([
      vault.mountState(mount),
      vault.mountState(configMount),
    ]);
    return [
      ...mountFindings(mount, own, ownMountProblems(mount, own)),
      ...mountFindings(configMount, config),
    ];
  },
};

function mountFindings(
  mount: string,
  state: MountState,
  further: readonly VaultProblem[] = [],
): readonly Finding[] {
  if (state.kind === 'denied') {
    return [skipped(`The token may not read ${mount}/config, so nothing is known of it.`, mount)];
  }
  const problems = [...mountProblems(mount, state), ...further];
  if (problems.length > 0) return problems.map((problem) => problemFinding(mount, problem));
  return [ok('mounts.good', `The mount ${mount}/ is as it has to be.`, mount)];
}

function problemFinding(mount: string, { kind, what, remedy }: VaultProblem): Finding {
  const id = IDS[kind] ?? 'mounts.unavailable';
  return error({ id, about: mount, text: sentence(what), remedy: sentence(remedy) });
}
