import { StartupProblems } from '../domain/startup-problems.ts';
import type { ActiveNode } from './active-node.ts';
import { AUDIT_KEY_PATH, LOG_KEY_PATH } from './key-record.ts';
import { Kv } from './kv.ts';
import { KvRequests } from './kv-requests.ts';
import { quietAccess, WatchedKey, type WatchedKeyDeps } from './watched-key.ts';

/** The keys in ops' mount that the service was asked to read; nobody follows them yet. */
export interface ServiceKeys {
  /** Where `audit` was asked for. Its `current` is never undefined. */
  readonly auditKey: WatchedKey | undefined;
  /** Where `logKey` was asked for. */
  readonly logKey: WatchedKey | undefined;
}

export interface KeyOptions {
  /** The KV v2 mount of ops. */
  readonly configMount: string;
  /** Whether to read the key of the audit. Default: no. */
  readonly audit?: boolean;
  /** Whether to read the key of the log. Default: no. */
  readonly logKey?: boolean;
  /** Further tries of a read that got no usable answer. */
  readonly readRetries: number;
}

type Deps = Omit<WatchedKeyDeps, 'kv'> & { readonly node: ActiveNode };

/** @throws StartupProblems where there is no usable key of the audit; Failure STORE_UNAVAILABLE */
export async function openKeys(options: KeyOptions, deps: Deps): Promise<ServiceKeys> {
  const { configMount, readRetries } = options;
  const requests = new KvRequests({ ...deps, access: quietAccess(deps.token), readRetries });
  const parts = { ...deps, kv: new Kv(configMount, { node: deps.node, requests }) };
  return {
    auditKey:
      options.audit === true
        ? await openAuditKey(parts, `${configMount}/${AUDIT_KEY_PATH}`)
        : undefined,
    logKey:
      options.logKey === true
        ? await openLogKey(parts, `${configMount}/${LOG_KEY_PATH}`)
        : undefined,
  };
}

async function openAuditKey(parts: WatchedKeyDeps, record: string): Promise<WatchedKey> {
  const key = await WatchedKey.open({ path: AUDIT_KEY_PATH, refused: 'audit_key_refused' }, parts);
  if (key.current !== undefined) return key;
  throw new StartupProblems([
    `The record ${record} holds no usable key: write \`key\`, base64 of 32 random bytes, or go back to its last version with \`vault kv rollback\`.`,
  ]);
}

/** What it is for is worth no start that fails. */
async function openLogKey(parts: WatchedKeyDeps, record: string): Promise<WatchedKey> {
  const key = await WatchedKey.open({ path: LOG_KEY_PATH, refused: 'log_key_refused' }, parts);
  const { found } = key;
  if (found.kind === 'unusable') {
    const { version, kind: problem } = found;
    parts.alerts.raise('log_key_refused', { part: LOG_KEY_PATH, version, problem });
  } else if (found.kind !== 'usable') {
    const remedy = 'tokenvault init --write-policies';
    parts.logger.warn('log_key_missing', { record, problem: found.kind, remedy });
  }
  return key;
}
