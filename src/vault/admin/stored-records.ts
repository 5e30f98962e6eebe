import { z } from 'zod';
import { AUDIT_KEY_PATH, decodeKey, LOG_KEY_PATH } from '../key-record.ts';
import {
  decodePathKey,
  decodeSettings,
  PATH_KEY_PATH,
  REVOCATION_LOG_PATH,
  SETTINGS_PATH,
} from '../mount-records.ts';
import { decodeRecord } from '../record-codec.ts';
import { revocationLogCodec } from '../revocation-codec.ts';
import type { VaultClient } from '../vault-client.ts';
import { absentVersion, verdictOf } from '../vault-errors.ts';

export type RecordState =
  /** What it says, without a secret. */
  | { readonly kind: 'good'; readonly says: string }
  | { readonly kind: 'missing' }
  /** `version` is the last one. */
  | { readonly kind: 'deleted'; readonly version: number }
  | { readonly kind: 'broken' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'unknown'; readonly why: string };

export interface StoredRecord {
  /** Mount and path, as `vault kv get` takes it. */
  readonly name: string;
  readonly state: RecordState;
  /** What mends a broken one, as a clause. */
  readonly restore: string;
}

const FROM_BACKUP = 'restore it from a backup, never write a new one over it';
const NEW_LOG = 'run `tokenvault init` with an operator token, which begins it again';
const NEW_KEY =
  'write `key`, base64 of 32 random bytes, or go back to its last version with `vault kv rollback`';

const readReply = z.object({ data: z.object({ data: z.record(z.string(), z.unknown()) }) });

/** What a record says, or undefined where it is broken. */
type Says = (fields: unknown) => string | undefined;

/** Those of the service's own mount, as its token sees them. @throws VaultFault */
export async function readServiceRecords(
  client: VaultClient,
  mount: string,
): Promise<readonly StoredRecord[]> {
  let pathKeyId: string | undefined;
  const pathKey = await stateOf(client, `${mount}/data/${PATH_KEY_PATH}`, (fields) => {
    pathKeyId = decodePathKey(fields)?.id;
    return pathKeyId && `key ${pathKeyId}`;
  });
  const [settings, log] = await Promise.all([
    stateOf(client, `${mount}/data/${SETTINGS_PATH}`, settingsText),
    pathKeyId === undefined
      ? ({ kind: 'unknown', why: 'The path key is not known' } as const)
      : stateOf(client, `${mount}/data/${REVOCATION_LOG_PATH}`, logText(pathKeyId)),
  ]);
  return [
    { name: `${mount}/${PATH_KEY_PATH}`, state: pathKey, restore: FROM_BACKUP },
    { name: `${mount}/${SETTINGS_PATH}`, state: settings, restore: FROM_BACKUP },
    { name: `${mount}/${REVOCATION_LOG_PATH}`, state: log, restore: NEW_LOG },
  ];
}

/** The audit's key in the operators' mount, as the service sees it. @throws VaultFault */
export function readAuditKeyRecord(
  client: VaultClient,
  configMount: string,
): Promise<StoredRecord> {
  return readKeyRecord(client, `${configMount}/data/${AUDIT_KEY_PATH}`);
}

/** And that of the log. @throws VaultFault */
export function readLogKeyRecord(client: VaultClient, configMount: string): Promise<StoredRecord> {
  return readKeyRecord(client, `${configMount}/data/${LOG_KEY_PATH}`);
}

async function readKeyRecord(client: VaultClient, path: string): Promise<StoredRecord> {
  const state = await stateOf(client, path, keyText);
  return { name: path.replace('/data/', '/'), state, restore: NEW_KEY };
}

async function stateOf(client: VaultClient, path: string, says: Says): Promise<RecordState> {
  const reply = await client.read(path);
  switch (verdictOf(reply)) {
    case 'ok': {
      const parsed = readReply.safeParse(reply.body);
      const text = says(parsed.data?.data.data);
      return text === undefined ? { kind: 'broken' } : { kind: 'good', says: text };
    }
    case 'absent': {
      const version = absentVersion(reply.body);
      return version === 0 ? { kind: 'missing' } : { kind: 'deleted', version };
    }
    case 'denied':
      return { kind: 'denied' };
    default:
      return { kind: 'unknown', why: `Vault answers ${reply.status}` };
  }
}

function settingsText(fields: unknown): string | undefined {
  const settings = decodeSettings(fields);
  return settings && `revocation bound ${settings.boundMs / 1000} s, mode ${settings.mode}`;
}

function keyText(fields: unknown): string | undefined {
  return decodeKey(fields) === undefined ? undefined : 'a key of 32 bytes';
}

function logText(pathKeyId: string): Says {
  return (fields) => {
    const record = decodeRecord(fields, pathKeyId);
    const log = record && revocationLogCodec.decode(record.content);
    return log && `${log.count} revocations so far`;
  };
}
