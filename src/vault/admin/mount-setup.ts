import { z } from 'zod';
import type { Clock } from '../../domain/clock.ts';
import { PATH_KEY_PATH } from '../mount-records.ts';
import type { VaultClient } from '../vault-client.ts';
import { whenReady } from './fresh-mount.ts';
import { type MountState, readMountState } from './mount-state.ts';
import { Refusal, unexpectedReply } from './refusal.ts';

export type SetupOutcome = 'created' | 'changed' | 'unchanged';

type Kv2 = Extract<MountState, { kind: 'kv2' }>;

/**
 * Makes a KV v2 mount where there is none, and waits until it answers.
 * @throws Refusal when the name is taken by something else
 */
export async function ensureMount(
  client: VaultClient,
  mount: string,
  clock: Clock,
): Promise<{ readonly outcome: SetupOutcome; readonly state: Kv2 }> {
  const before = await readMountState(client, mount);
  if (before.kind === 'kv2') return { outcome: 'unchanged', state: before };
  if (before.kind === 'not-kv2') throw taken(mount);
  // A token that may make mounts need not be able to read this one, so "denied" is tried as well.
  if (before.kind !== 'upgrading') await createMount(client, mount);
  await whenReady(clock, () => client.read(`${mount}/config`));
  const after = await readMountState(client, mount);
  if (after.kind === 'kv2') return { outcome: 'created', state: after };
  if (after.kind !== 'denied') throw taken(mount);
  throw new Refusal(
    `The mount ${mount}/ cannot be read: use a token that may read ${mount}/config.`,
  );
}

function taken(mount: string): Refusal {
  return new Refusal(
    `The mount ${mount}/ is there, but it is not KV version 2: choose another name with \`--mount\` or \`--config-mount\`.`,
  );
}

async function createMount(client: VaultClient, mount: string): Promise<void> {
  const reply = await client.write(`sys/mounts/${mount}`, {
    type: 'kv',
    options: { version: '2' },
  });
  if (reply.status === 200 || reply.status === 204) return;
  // Somebody else made it since; what it is shows when it is read.
  if (reply.status === 400) return;
  throw unexpectedReply(reply, `make the mount ${mount}/`);
}

/**
 * Sets what the service relies on: check-and-set on every write, and two versions, so that a
 * superseded refresh token does not stay behind.
 */
export async function ensureOwnConfig(
  client: VaultClient,
  mount: string,
  state: Kv2,
): Promise<SetupOutcome> {
  if (state.casRequired && state.maxVersions === 2 && !state.expires) return 'unchanged';
  const reply = await client.write(`${mount}/config`, {
    cas_required: true,
    max_versions: 2,
    delete_version_after: '0s',
  });
  if (reply.status === 200 || reply.status === 204) return 'changed';
  throw unexpectedReply(reply, `configure the mount ${mount}/`);
}

const listReply = z.object({ data: z.object({ keys: z.array(z.string()) }) });

/**
 * Keeps init away from a KV v2 mount of somebody else, whose old versions it would cut off.
 * @throws Refusal when the mount holds records but no path key
 */
export async function refuseForeignMount(client: VaultClient, mount: string): Promise<void> {
  const reply = await client.list(`${mount}/metadata/`);
  if (reply.status === 404) return;
  const parsed = listReply.safeParse(reply.body);
  if (!parsed.success) throw unexpectedReply(reply, `list ${mount}/`);
  if (parsed.data.data.keys.includes(PATH_KEY_PATH)) return;
  throw new Refusal(
    `The mount ${mount}/ holds records that are not TokenVault’s, or has lost its ${PATH_KEY_PATH}: choose another name with \`--mount\`, or restore ${mount}/${PATH_KEY_PATH} from a backup.`,
  );
}
