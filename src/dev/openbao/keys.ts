import { readFile, writeFile } from 'node:fs/promises';
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

/** Makes a new node with one unseal key, and keeps the key readable for the owner alone. */
export async function initialise(address: string, dataDir: string): Promise<Keys> {
  const body = { secret_shares: 1, secret_threshold: 1 };
  const reply = initReply.safeParse((await call(address, 'POST', 'sys/init', { body })).body);
  if (!reply.success) throw new Error('it could not be initialised');
  const keys = { unsealKey: reply.data.keys_base64[0], rootToken: reply.data.root_token };
  await writeFile(path.join(dataDir, FILE), `${JSON.stringify(keys)}\n`, { mode: 0o600 });
  return keys;
}

export async function readKeys(dataDir: string): Promise<Keys> {
  const file = path.join(dataDir, FILE);
  try {
    return storedKeys.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    throw new Error(`its data is there, but not its unseal key (${file}): remove ${dataDir}`);
  }
}
