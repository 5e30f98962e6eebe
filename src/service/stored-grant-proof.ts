import type { KeyedMutex } from '../concurrency/keyed-mutex.ts';
import { Failure } from '../domain/failure.ts';
import type { Grant } from '../domain/grant.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { Consent } from './consent.ts';
import type { GrantUpdates } from './grant-updates.ts';
import type { OAuthClientCalls } from './oauth-client-calls.ts';

export interface StoredGrantProofParts {
  readonly calls: OAuthClientCalls;
  readonly updates: GrantUpdates;
  readonly refreshes: KeyedMutex;
}

export interface ProvenGrant {
  /** As Google described it now: its scopes, and its successor where it was rotated. */
  readonly grant: Grant;
  readonly rotated: boolean;
}

/** Google gives a refresh token on the first consent only: later ones live on the stored one, if it works. */
export class StoredGrantProof {
  readonly #users: UserStore;
  readonly #parts: StoredGrantProofParts;

  constructor(users: UserStore, parts: StoredGrantProofParts) {
    this.#users = users;
    this.#parts = parts;
  }

  /**
   * Refreshes the stored token once.
   * @throws Failure REFRESH_TOKEN_MISSING where none that works is stored; REVOCATION_IN_PROGRESS;
   *   EXCHANGE_OUTCOME_UNKNOWN where Google does not say; STORE_UNAVAILABLE, STORE_ACCESS_LOST
   */
  prove(consent: Consent): Promise<ProvenGrant> {
    const { client, identity } = consent;
    const key = `${identity.userId}\n${client.alias}`;
    return this.#parts.refreshes.run(key, () => this.#prove(consent));
  }

  async #prove({ client, identity, position }: Consent): Promise<ProvenGrant> {
    const { userId } = identity;
    const grant = await this.#stored(userId, client.alias, client.clientId);
    const { refreshToken } = grant;
    const outcome = await this.#parts.calls.refresh(client, { refreshToken });
    if (outcome.kind === 'tokens') {
      const proven = { ...grant, scopes: outcome.scopes ?? grant.scopes };
      const successor = outcome.refreshToken;
      if (successor === undefined || successor.equals(refreshToken)) {
        return { grant: proven, rotated: false };
      }
      return { grant: { ...proven, refreshToken: successor }, rotated: true };
    }
    if (outcome.kind === 'refused' && outcome.cause === 'invalid_grant') {
      await this.#parts.updates.markDead({ userId, oauthClient: client.alias, grant, position });
      throw new Failure('REFRESH_TOKEN_MISSING');
    }
    throw new Failure('EXCHANGE_OUTCOME_UNKNOWN', { detail: 'the stored token was not proved' });
  }

  async #stored(userId: string, alias: string, clientId: string): Promise<Grant> {
    const stored = await this.#users.read(userId);
    if (stored.kind !== 'present') throw new Failure('REFRESH_TOKEN_MISSING');
    if (stored.record.state === 'revoking') throw new Failure('REVOCATION_IN_PROGRESS');
    const grants = stored.record.grants.get(alias) ?? [];
    const live = grants.find((grant) => grant.state === 'live' && grant.clientId === clientId);
    if (live === undefined) throw new Failure('REFRESH_TOKEN_MISSING');
    return live;
  }
}
