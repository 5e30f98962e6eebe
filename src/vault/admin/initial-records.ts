import { randomBytes } from 'node:crypto';
import { MAX_LOG_APPEND, type RevocationSettings } from '../../domain/revocation-store.ts';
import { Secret } from '../../domain/secret.ts';
import { decodeKey, encodeKey, type KeyPath } from '../key-record.ts';
import {
  decodePathKey,
  decodeSettings,
  encodePathKey,
  encodeSettings,
  PATH_KEY_PATH,
  REVOCATION_LOG_PATH,
  SETTINGS_PATH,
} from '../mount-records.ts';
import { decodeRecord, encodeRecord } from '../record-codec.ts';
import { revocationLogCodec } from '../revocation-codec.ts';
import type { SetupOutcome } from './mount-setup.ts';
import type { OwnRecords } from './own-records.ts';
import { Refusal } from './refusal.ts';

const DEFAULTS: RevocationSettings = { boundMs: 2_000, mode: 'available' };

/**
 * Makes the key that names every record, once for the mount's life. Secrets that are made here come
 * from the system's generator and not from one that a test could repeat.
 */
export async function ensurePathKey(
  records: OwnRecords,
): Promise<{ readonly outcome: SetupOutcome; readonly id: string }> {
  const stored = await records.read(PATH_KEY_PATH);
  if (stored === undefined) {
    const key = new Secret(randomBytes(32).toString('base64url'));
    const id = randomBytes(6).toString('base64url');
    await records.write(PATH_KEY_PATH, encodePathKey({ id, key }), 0);
    return { outcome: 'created', id };
  }
  const pathKey = decodePathKey(stored.fields);
  if (pathKey !== undefined) return { outcome: 'unchanged', id: pathKey.id };
  throw new Refusal(
    `The record ${PATH_KEY_PATH} cannot be read, and without it no user is found: restore it from a backup.`,
  );
}

/** Makes a key in ops’ mount where there is none; a later one is for whoever rotates it to write. */
export async function ensureKey(records: OwnRecords, path: KeyPath): Promise<SetupOutcome> {
  const stored = await records.read(path);
  if (stored === undefined) {
    const key = new Secret(randomBytes(32).toString('base64url'));
    await records.write(path, encodeKey(key), 0);
    return 'created';
  }
  if (decodeKey(stored.fields) !== undefined) return 'unchanged';
  throw new Refusal(
    `The record ${path} holds no usable key: go back to its last version with \`vault kv rollback\`, or write \`key\`, base64 of 32 random bytes.`,
  );
}

/** Settings that were not asked for stay as they are stored. */
export async function ensureSettings(
  records: OwnRecords,
  wanted: Partial<RevocationSettings> & { readonly changeSettings?: boolean },
): Promise<{ readonly outcome: SetupOutcome; readonly settings: RevocationSettings }> {
  const record = await records.read(SETTINGS_PATH);
  const stored = record === undefined ? undefined : decodeSettings(record.fields);
  const settings: RevocationSettings = {
    boundMs: wanted.boundMs ?? stored?.boundMs ?? DEFAULTS.boundMs,
    mode: wanted.mode ?? stored?.mode ?? DEFAULTS.mode,
  };
  if (record === undefined) {
    await records.write(SETTINGS_PATH, encodeSettings(settings), 0);
    return { outcome: 'created', settings };
  }
  if (stored?.boundMs === settings.boundMs && stored.mode === settings.mode) {
    return { outcome: 'unchanged', settings };
  }
  if (wanted.changeSettings !== true) throw new Refusal(settingsDiffer(stored));
  await records.write(SETTINGS_PATH, encodeSettings(settings), record.version);
  return { outcome: 'changed', settings };
}

/**
 * An empty log where there is none, or none that can be read: then its position goes on above all
 * that were ever used, and it names nobody, which replicas take for a gap that names everybody.
 */
export async function ensureRevocationLog(
  records: OwnRecords,
  pathKeyId: string,
): Promise<SetupOutcome> {
  const stored = await records.read(REVOCATION_LOG_PATH);
  if (stored !== undefined && isRevocationLog(stored.fields, pathKeyId)) return 'unchanged';
  const version = stored?.version ?? 0;
  const count = version * MAX_LOG_APPEND;
  const content = revocationLogCodec.encode({ count, keys: [] });
  const writeId = randomBytes(16).toString('hex');
  await records.write(REVOCATION_LOG_PATH, encodeRecord(content, { pathKeyId, writeId }), version);
  return stored === undefined ? 'created' : 'changed';
}

function isRevocationLog(fields: unknown, pathKeyId: string): boolean {
  const record = decodeRecord(fields, pathKeyId);
  return record !== undefined && revocationLogCodec.decode(record.content) !== undefined;
}

/** Replicas read the settings when they start, and rely on all of them having the same. */
function settingsDiffer(stored: RevocationSettings | undefined): string {
  const before =
    stored === undefined
      ? 'The stored revocation settings cannot be read'
      : `The stored revocation settings are a bound of ${stored.boundMs} ms and mode ${stored.mode}`;
  return `${before}: replicas with old and new ones side by side could hand out tokens of a revoked user, so stop all replicas, run this with \`--change-settings\`, and start them again.`;
}
