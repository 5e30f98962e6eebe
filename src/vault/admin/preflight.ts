import { AUDIT_KEY_PATH } from '../key-record.ts';
import { PATH_KEY_PATH, SETTINGS_PATH } from '../mount-records.ts';
import type { VaultClient } from '../vault-client.ts';
import { type Granted, ownCapabilities } from './capabilities.ts';
import { type MountState, readMountState } from './mount-state.ts';
import {
  type Capability,
  type Mounts,
  type Policy,
  type PolicyRule,
  servicePolicy,
} from './policies.ts';

const RUN_INIT = 'run `tokenvault init` with an operator token';

/** What of Vault the service is going to use. */
export interface Needs extends Mounts {
  /** Whether it writes an audit, for which it reads a key. */
  readonly audit?: boolean;
}

/**
 * Whether the service can do its work with this Vault and this token. Reads alone, and only what the
 * least-privilege policy allows.
 * @returns the problems, each one sentence that says what to do; none when all is well
 * @throws VaultFault when Vault cannot be reached
 */
export async function preflight(client: VaultClient, mounts: Needs): Promise<readonly string[]> {
  const policy = neededPolicy(mounts);
  const granted = await ownCapabilities(
    client,
    policy.rules.map(({ sample }) => sample),
  );
  if (granted.kind === 'refused') return [tokenProblem(granted.status)];
  const [own, config] = await Promise.all([
    readMountState(client, mounts.mount),
    readMountState(client, mounts.configMount),
  ]);
  return [
    ...missingCapabilities(policy, granted, mounts),
    ...mountProblems(mounts.mount, own),
    ...ownMountProblems(mounts.mount, own),
    ...(own.kind === 'kv2' ? await missingRecords(client, mounts.mount, INIT_RECORDS) : []),
    ...mountProblems(mounts.configMount, config),
    ...(config.kind === 'kv2' && mounts.audit === true
      ? await missingRecords(client, mounts.configMount, [AUDIT_KEY_PATH])
      : []),
  ];
}

function neededPolicy(needs: Needs): Policy {
  const isNeeded = ({ forAudit, dispensable }: PolicyRule) =>
    dispensable !== true && (forAudit !== true || needs.audit === true);
  const { name, rules } = servicePolicy(needs);
  return { name, rules: rules.filter(isNeeded) };
}

function tokenProblem(status: number): string {
  if (status === 403) {
    return 'Vault does not accept the token: give the service a valid one that also has the `default` policy.';
  }
  return `Vault answers ${status} to requests: check with \`vault status\` that it is unsealed and active.`;
}

function missingCapabilities(policy: Policy, granted: Granted, mounts: Mounts): readonly string[] {
  const named = [
    { mount: mounts.mount, key: '`vault.mount`' },
    { mount: mounts.configMount, key: '`vault.config_mount`' },
  ];
  const lacking = named.map(({ mount, key }) => {
    const rules = policy.rules.filter(({ path }) => path.startsWith(`${mount}/`));
    // Vault also denies what is not there, so the name may be mistyped.
    return rules.every((rule) => missingOf(rule, granted).length === rule.capabilities.length)
      ? { missing: [`everything on ${mount}/`], remedy: [`correct ${key}`] }
      : { missing: rules.flatMap((rule) => missingText(rule, granted)), remedy: [] };
  });
  const missing = lacking.flatMap((each) => each.missing);
  if (missing.length === 0) return [];
  const give = `give it the policy \`${policy.name}\` that \`tokenvault init\` prints`;
  const remedies = [give, ...lacking.flatMap(({ remedy }) => remedy)].join(', or ');
  return [`The token lacks ${missing.join('; ')}: ${remedies}.`];
}

function missingOf({ capabilities, sample }: PolicyRule, granted: Granted): readonly Capability[] {
  return capabilities.filter((capability) => !granted.allows(sample, capability));
}

function missingText(rule: PolicyRule, granted: Granted): readonly string[] {
  const missing = missingOf(rule, granted);
  return missing.length === 0 ? [] : [`${missing.join(', ')} on ${rule.path}`];
}

function mountProblems(mount: string, state: MountState): readonly string[] {
  switch (state.kind) {
    case 'missing':
      return [
        `There is no KV version 2 mount ${mount}/ in Vault: ${RUN_INIT}, or correct its name.`,
      ];
    case 'not-kv2':
      return [
        `The mount ${mount}/ is not KV version 2: ${RUN_INIT} and names that are not taken (\`--mount\`, \`--config-mount\`).`,
      ];
    case 'upgrading':
      return [
        `The mount ${mount}/ is still being made ready by Vault: start again in some seconds.`,
      ];
    case 'unavailable':
      return [
        `Vault answers ${state.status} for the mount ${mount}/: check it with \`vault status\`.`,
      ];
    case 'denied':
      // The missing capability is named already.
      return [];
    case 'kv2':
      if (!state.expires) return [];
      return [
        `The mount ${mount}/ drops records by age: set \`vault write ${mount}/config delete_version_after=0s\`.`,
      ];
  }
}

function ownMountProblems(mount: string, state: MountState): readonly string[] {
  if (state.kind !== 'kv2') return [];
  const problems: string[] = [];
  if (!state.casRequired) {
    problems.push(
      `The mount ${mount}/ accepts writes without check-and-set: set \`vault write ${mount}/config cas_required=true\`.`,
    );
  }
  if (state.maxVersions !== 2) {
    const kept = state.maxVersions === 0 ? 'Vault’s default number of' : String(state.maxVersions);
    problems.push(
      `The mount ${mount}/ keeps ${kept} versions of each record instead of 2: set \`vault write ${mount}/config max_versions=2\`.`,
    );
  }
  return problems;
}

const INIT_RECORDS = [PATH_KEY_PATH, SETTINGS_PATH];

/** They are written by `tokenvault init`; whether they are well-formed shows when they are read. */
async function missingRecords(
  client: VaultClient,
  mount: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const problems = names.map(async (name) => {
    const reply = await client.read(`${mount}/data/${name}`);
    return reply.status === 404 ? [`${mount}/${name} is missing: ${RUN_INIT}.`] : [];
  });
  return (await Promise.all(problems)).flat();
}
