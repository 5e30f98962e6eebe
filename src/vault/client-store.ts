import type { OAuthClientStore, StoredOAuthClient } from '../domain/oauth-client.ts';
import { decodeClient } from './client-codec.ts';
import { isAlias } from './client-record.ts';
import type { Kv } from './kv.ts';

/** OAuth clients as `clients/<alias>` in ops' mount, which the service may only read. */
export class VaultClientStore implements OAuthClientStore {
  readonly #kv: Kv;

  constructor(kv: Kv) {
    this.#kv = kv;
  }

  async read(alias: string): Promise<StoredOAuthClient> {
    if (!isAlias(alias)) return { kind: 'absent' };
    const found = await this.#kv.read(`clients/${alias}`);
    if (found.kind === 'absent') return { kind: 'absent' };
    return decodeClient(found.fields, { alias, version: found.version });
  }
}
