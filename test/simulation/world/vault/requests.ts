import { z } from 'zod';
import type { VaultReply } from '../../../../src/vault/vault-client.ts';
import type { VaultRequest } from '../../../../src/vault/vault-transport.ts';
import {
  destroyVersions,
  type KvChange,
  type KvRecordState,
  type KvSettings,
  listFolder,
  readMetadata,
  readVersion,
  refusal,
  removeRecord,
  writeVersion,
} from './kv-mount.ts';

/** What a request is about. Paths of records are `mount/path`. */
export type Route =
  | { readonly kind: 'leader' }
  /** Answered without a record. */
  | { readonly kind: 'plain'; readonly reply: VaultReply }
  | {
      readonly kind: 'read';
      readonly of: 'data' | 'metadata' | 'list';
      readonly path: string;
      readonly version?: number;
    }
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly settings: KvSettings;
      readonly change: (record: KvRecordState | undefined, at: WrittenAt) => KvChange;
    };

interface WrittenAt {
  readonly now: number;
  readonly settings: KvSettings;
}

const writeBody = z.object({
  data: z.unknown(),
  options: z.object({ cas: z.number().int().optional() }).optional(),
});
const destroyBody = z.object({ versions: z.array(z.number()) });
const capabilitiesBody = z.object({ paths: z.array(z.string()) });

export const writeWith = writeVersion;

export function readRoute(request: VaultRequest, mounts: ReadonlyMap<string, KvSettings>): Route {
  const [path = '', query = ''] = request.path.slice(1).split('?');
  if (path === 'sys/leader') return { kind: 'leader' };
  if (path === 'sys/capabilities-self') {
    const { paths } = capabilitiesBody.parse(request.json);
    const data = Object.fromEntries(paths.map((asked) => [asked, ['root']]));
    return { kind: 'plain', reply: { status: 200, body: { data } } };
  }
  if (path === 'auth/token/lookup-self') {
    return { kind: 'plain', reply: { status: 200, body: { data: {} } } };
  }
  const [mount = '', kind = '', ...rest] = path.split('/');
  const settings = mounts.get(mount);
  if (settings === undefined) {
    return { kind: 'plain', reply: refusal(`no handler for route "${path}".`, 404) };
  }
  if (kind === 'config') return { kind: 'plain', reply: configReply(settings) };
  return recordRoute(request, { kind, query, settings, path: [mount, ...rest].join('/') });
}

interface Parsed {
  readonly kind: string;
  readonly query: string;
  readonly path: string;
  readonly settings: KvSettings;
}

function recordRoute(request: VaultRequest, { kind, query, path, settings }: Parsed): Route {
  if (request.method === 'GET') {
    const asked = query === '' ? undefined : new URLSearchParams(query);
    if (kind === 'metadata') {
      return { kind: 'read', of: asked?.has('list') ? 'list' : 'metadata', path };
    }
    const version = asked?.get('version');
    return { kind: 'read', of: 'data', path, ...(version && { version: Number(version) }) };
  }
  const write = (change: Extract<Route, { kind: 'write' }>['change']): Route => ({
    kind: 'write',
    path,
    settings,
    change,
  });
  if (kind === 'destroy') {
    const { versions } = destroyBody.parse(request.json);
    return write((record) => destroyVersions(record, versions));
  }
  if (kind === 'metadata' && request.method === 'DELETE') return write(removeRecord);
  const { data, options } = writeBody.parse(request.json);
  return write((record, at) => writeVersion(record, { data, cas: options?.cas }, at));
}

export function readWith(
  records: ReadonlyMap<string, KvRecordState>,
  { of, path, version }: Extract<Route, { kind: 'read' }>,
): VaultReply {
  if (of === 'list') return listFolder(records.keys(), path);
  const record = records.get(path);
  return of === 'metadata' ? readMetadata(record) : readVersion(record, version);
}

function configReply({ casRequired, maxVersions }: KvSettings): VaultReply {
  const data = { cas_required: casRequired, max_versions: maxVersions, delete_version_after: '0s' };
  return { status: 200, body: { data } };
}
