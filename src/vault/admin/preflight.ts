import { AUDIT_KEY_PATH } from '../key-record.ts';
import { PATH_KEY_PATH, SETTINGS_PATH } from '../mount-records.ts';
import type { VaultClient } from '../vault-client.ts';
import { ownCapabilities } from './capabilities.ts';
import { type Lack, lackOf, type Needs, neededPolicy } from './missing-capabilities.ts';
import { mountProblems, ownMountProblems } from './mount-problems.ts';
import { readMountState } from './mount-state.ts';
import { RUN_INIT, sentenceOf, type VaultProblem } from './vault-problem.ts';

export type { Needs } from './missing-capabilities.ts';

/**
 * Whether the service can do its work with this Vault and this token. Reads alone, and only what the
 * least-privilege policy allows.
 * @returns the problems, each one sentence that says what to do; none when all is well
 * @throws VaultFault when Vault cannot be reached
 */
export async function preflight(client: VaultClient, mounts: Needs): Promise<readonly string[]> {
  return (await vaultProblems(client, mounts)).map(sentenceOf);
}

/** The same, for who tells one kind of problem from another. @throws VaultFault */
export async function vaultProblems(
  client: VaultClient,
  mounts: Needs,
): Promise<readonly VaultProblem[]> {
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
    ...missingCapabilities(lackOf(policy, granted, mounts)),
    ...mountProblems(mounts.mount, own),
    ...ownMountProblems(mounts.mount, own),
    ...(own.kind === 'kv2' ? await missingRecords(client, mounts.mount, INIT_RECORDS) : []),
    ...mountProblems(mounts.configMount, config),
    ...(config.kind === 'kv2' && mounts.audit === true
      ? await missingRecords(client, mounts.configMount, [AUDIT_KEY_PATH])
      : []),
  ];
}

/** Of a token that may not even ask what it may. */
export function tokenProblem(status: number): VaultProblem {
  if (status === 403) {
    return {
      kind: 'token_refused',
      what: 'Vault does not accept the token',
      remedy: 'give the service a valid one that also has the `default` policy',
    };
  }
  return {
    kind: 'vault_refuses',
    what: `Vault answers ${status} to requests`,
    remedy: 'check with `vault status` that it is unsealed and active',
  };
}

function missingCapabilities(lack: Lack | undefined): readonly VaultProblem[] {
  if (lack === undefined) return [];
  const { missing, remedy } = lack;
  return [{ kind: 'capability_missing', what: `The token lacks ${missing.join('; ')}`, remedy }];
}

const INIT_RECORDS = [PATH_KEY_PATH, SETTINGS_PATH];

/** They are written by `tokenvault init`; whether they are well-formed shows when they are read. */
async function missingRecords(
  client: VaultClient,
  mount: string,
  names: readonly string[],
): Promise<readonly VaultProblem[]> {
  const problems = names.map(async (name): Promise<readonly VaultProblem[]> => {
    const reply = await client.read(`${mount}/data/${name}`);
    if (reply.status !== 404) return [];
    return [{ kind: 'record_missing', what: `${mount}/${name} is missing`, remedy: RUN_INIT }];
  });
  return (await Promise.all(problems)).flat();
}
