import type { Adapter, AdapterPayload } from 'oidc-provider';

type Refuse = (reason: string) => Error;

/** Stored beside what a token is: the models whose life ends with the user's consent. */
const OF_A_CONSENT: ReadonlySet<string> = new Set([
  'AccessToken',
  'RefreshToken',
  'AuthorizationCode',
  'Grant',
]);

/**
 * Everything `oidc-provider` keeps, in one Map. Its own memory adapter forgets after 1 000 entries,
 * so that an idle refresh token would die under load.
 */
export class MapStore {
  readonly #entries = new Map<string, AdapterPayload>();
  readonly #keysOfGrant = new Map<string, Set<string>>();
  readonly #keysOfUser = new Map<string, Set<string>>();
  readonly #uids = new Map<string, string>();
  readonly #refuse: Refuse;

  /** @param refuse makes the error for a code or token that somebody else consumed first */
  constructor(refuse: Refuse) {
    this.#refuse = refuse;
  }

  adapter(model: string): Adapter {
    const key = (id: string) => `${model}:${id}`;
    return {
      upsert: async (id, payload) => this.#put(model, id, payload),
      find: async (id) => this.#entries.get(key(id)),
      findByUid: async (uid) => this.#entries.get(key(this.#uids.get(uid) ?? '')),
      findByUserCode: async () => undefined,
      consume: async (id) => this.#consume(model, key(id)),
      destroy: async (id) => this.#delete(key(id)),
      revokeByGrantId: async (grantId) => this.#deleteAll(this.#keysOfGrant, grantId),
    };
  }

  /** Ends every grant, code and token of this user, at every client of the project. */
  forgetUser(sub: string): void {
    this.#deleteAll(this.#keysOfUser, sub);
  }

  #put(model: string, id: string, payload: AdapterPayload): void {
    const key = `${model}:${id}`;
    this.#entries.set(key, payload);
    if (payload.uid !== undefined) this.#uids.set(payload.uid, id);
    if (!OF_A_CONSENT.has(model)) return;
    if (payload.grantId !== undefined) index(this.#keysOfGrant, payload.grantId, key);
    if (payload.accountId !== undefined) index(this.#keysOfUser, payload.accountId, key);
  }

  /** Of two concurrent uses the second is refused: both may have found the entry unconsumed. */
  #consume(model: string, key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) throw this.#refuse('refresh token not found');
    if (entry.consumed !== undefined) throw this.#refuse('authorization code already consumed');
    // A rotated refresh token is simply gone; its use again must not end the whole grant.
    if (model === 'RefreshToken') this.#delete(key);
    else this.#entries.set(key, { ...entry, consumed: Math.floor(Date.now() / 1000) });
  }

  #delete(key: string): void {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    if (entry?.grantId !== undefined) this.#keysOfGrant.get(entry.grantId)?.delete(key);
    if (entry?.accountId !== undefined) this.#keysOfUser.get(entry.accountId)?.delete(key);
  }

  #deleteAll(keys: Map<string, Set<string>>, owner: string): void {
    for (const key of [...(keys.get(owner) ?? [])]) this.#delete(key);
    keys.delete(owner);
  }
}

function index(keys: Map<string, Set<string>>, owner: string, key: string): void {
  const owned = keys.get(owner) ?? new Set();
  keys.set(owner, owned.add(key));
}
