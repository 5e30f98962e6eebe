import type { VaultReply } from '../../../../src/vault/vault-client.ts';

/** One record of KV v2 with the versions that are kept. Never changed in place: nodes share it. */
export interface KvRecordState {
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
  readonly kept: ReadonlyMap<number, KvVersion>;
}

export interface KvVersion {
  /** Undefined where the version was destroyed. */
  readonly data: unknown;
  /** As Vault tells it. */
  readonly createdTime: string;
}

export interface KvSettings {
  readonly casRequired: boolean;
  readonly maxVersions: number;
}

/** A reply, and the record that takes the old one's place; `undefined` where it is gone. */
export interface KvChange {
  readonly reply: VaultReply;
  readonly next?: { readonly record: KvRecordState | undefined };
}

export const NEVER_WRITTEN: VaultReply = { status: 404, body: { errors: [] } };
const NO_CONTENT: VaultReply = { status: 204, body: undefined };

/**
 * What KV v2 does to one record, without a word of where records are.
 * @see https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2
 */
export function readVersion(record: KvRecordState | undefined, wanted?: number): VaultReply {
  const number = wanted ?? record?.version ?? 0;
  const version = record?.kept.get(number);
  if (version === undefined) return NEVER_WRITTEN;
  const metadata = {
    version: number,
    created_time: version.createdTime,
    deletion_time: '',
    destroyed: version.data === undefined,
  };
  const { data = null } = version;
  return { status: data === null ? 404 : 200, body: { data: { data, metadata } } };
}

export function writeVersion(
  record: KvRecordState | undefined,
  body: { readonly data: unknown; readonly cas: number | undefined },
  at: { readonly now: number; readonly settings: KvSettings },
): KvChange {
  const current = record?.version ?? 0;
  if (body.cas === undefined && at.settings.casRequired) {
    return { reply: refusal('check-and-set parameter required for this call') };
  }
  if (body.cas !== undefined && body.cas !== current) {
    return { reply: refusal('check-and-set parameter did not match the current version') };
  }
  const version = current + 1;
  const kept = new Map(record?.kept);
  const created_time = timeText(at.now);
  kept.set(version, { data: body.data, createdTime: created_time });
  kept.delete(version - at.settings.maxVersions);
  return {
    reply: { status: 200, body: { data: { version, created_time, destroyed: false } } },
    next: { record: { version, updatedAt: at.now, kept } },
  };
}

export function destroyVersions(
  record: KvRecordState | undefined,
  versions: readonly number[],
): KvChange {
  if (record === undefined) return { reply: NO_CONTENT };
  const kept = new Map(record.kept);
  for (const number of versions) {
    const version = kept.get(number);
    if (version !== undefined) kept.set(number, { ...version, data: undefined });
  }
  return { reply: NO_CONTENT, next: { record: { ...record, kept } } };
}

export function removeRecord(): KvChange {
  return { reply: NO_CONTENT, next: { record: undefined } };
}

export function readMetadata(record: KvRecordState | undefined): VaultReply {
  if (record === undefined) return NEVER_WRITTEN;
  const versions = Object.fromEntries(
    [...record.kept].map(([number, { data, createdTime }]) => [
      number,
      { created_time: createdTime, deletion_time: '', destroyed: data === undefined },
    ]),
  );
  const { version, updatedAt } = record;
  return {
    status: 200,
    body: { data: { current_version: version, updated_time: timeText(updatedAt), versions } },
  };
}

/** Names in a folder: records, and folders with a slash at their end. */
export function listFolder(paths: Iterable<string>, folder: string): VaultReply {
  const keys = new Set<string>();
  for (const path of paths) {
    if (!path.startsWith(`${folder}/`)) continue;
    const [name = '', ...below] = path.slice(folder.length + 1).split('/');
    keys.add(below.length === 0 ? name : `${name}/`);
  }
  if (keys.size === 0) return NEVER_WRITTEN;
  return { status: 200, body: { data: { keys: [...keys].sort() } } };
}

export function refusal(error: string, status = 400): VaultReply {
  return { status, body: { errors: [error] } };
}

function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
