import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { call } from './sys-api.ts';

/** What opens the node again after a restart. Kept beside the data: this is for development only. */
export interface Keys {
  readonly unsealKey: string;
  readonly rootToken: string;
}

const FILE = 'keys.json';
const initReply = z.object({ keys_base64: z.tuple([z.string()]), root_token: z.string() });
const storedKeys = z.object({ unsealKey: z.string(), rootToken: z.string() });

/**
 * Removes data that nobody has the key of: its first start was interrupted before the key was kept,
 * and nothing can ever open it.
 */
export async function removeLockedData(dataDir: string): Promise<void> {
  if (existsSync(path.join(dataDir, FILE))) return;
  await rm(path.join(dataDir, 'raft'), { recursive: true, force: true });
}

/** Makes a new node with one unseal key, and keeps the key readable for the owner alone. */
export async function initialise(address: string, dataDir: string): Promise<Keys> {
  const body = { secret_shares: 1, secret_threshold: 1 };
  const reply = initReply.safeParse((await call(address, 'POST', 'sys/init', { body })).body);
  if (!reply.success) throw new Error('it could not be initialised');
  const keys = { unsealKey: reply.data.keys_base64[0], rootToken: reply.data.root_token };
  const file = path.join(dataDir, FILE);
  // Renamed when it is whole: half a key opens nothing.
  await writeFile(`${file}.new`, `${JSON.stringify(keys)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return keys;
}

export async function readKeys(dataDir: string): Promise<Keys> {
  const file = path.join(dataDir, FILE);
  try {
    return storedKeys.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    throw new Error(`its unseal key (${file}) cannot be read: remove ${dataDir}`);
  }
}
