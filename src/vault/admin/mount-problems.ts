import type { MountState } from './mount-state.ts';
import { RUN_INIT, type VaultProblem } from './vault-problem.ts';

/** What is wrong with a mount, whoever's it is. */
export function mountProblems(mount: string, state: MountState): readonly VaultProblem[] {
  switch (state.kind) {
    case 'missing':
      return [
        {
          kind: 'mount_missing',
          what: `There is no KV version 2 mount ${mount}/ in Vault`,
          remedy: `${RUN_INIT}, or correct its name`,
        },
      ];
    case 'not-kv2':
      return [
        {
          kind: 'mount_not_kv2',
          what: `The mount ${mount}/ is not KV version 2`,
          remedy: `${RUN_INIT} and names that are not taken (\`--mount\`, \`--config-mount\`)`,
        },
      ];
    case 'upgrading':
      return [
        {
          kind: 'mount_not_ready',
          what: `The mount ${mount}/ is still being made ready by Vault`,
          remedy: 'start again in some seconds',
        },
      ];
    case 'unavailable':
      return [
        {
          kind: 'mount_unavailable',
          what: `Vault answers ${state.status} for the mount ${mount}/`,
          remedy: 'check it with `vault status`',
        },
      ];
    case 'denied':
      // The missing capability is named already.
      return [];
    case 'kv2':
      if (!state.expires) return [];
      return [
        {
          kind: 'mount_expires',
          what: `The mount ${mount}/ drops records by age`,
          remedy: `set \`vault write ${mount}/config delete_version_after=0s\``,
        },
      ];
  }
}

/** What beside that is wrong with the service's own. */
export function ownMountProblems(mount: string, state: MountState): readonly VaultProblem[] {
  if (state.kind !== 'kv2') return [];
  const problems: VaultProblem[] = [];
  if (!state.casRequired) {
    problems.push({
      kind: 'mount_without_cas',
      what: `The mount ${mount}/ accepts writes without check-and-set`,
      remedy: `set \`vault write ${mount}/config cas_required=true\``,
    });
  }
  if (state.maxVersions !== 2) {
    const kept = state.maxVersions === 0 ? 'Vault’s default number of' : String(state.maxVersions);
    problems.push({
      kind: 'mount_versions',
      what: `The mount ${mount}/ keeps ${kept} versions of each record instead of 2`,
      remedy: `set \`vault write ${mount}/config max_versions=2\``,
    });
  }
  return problems;
}
