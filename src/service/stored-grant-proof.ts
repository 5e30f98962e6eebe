import { Failure, isFailure } from '../domain/failure.ts';
import type { Grant } from '../domain/grant.ts';
import type { OAuthClient } from '../domain/oauth-client.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { ActiveTerm } from './active-term.ts';
import type { Consent } from './consent.ts';
import type { GoogleGate } from './google-gate.ts';
import type { FoundGrant, GrantUpdates } from './grant-updates.ts';
import type { OAuthClientCalls } from './oauth-client-calls.ts';
import type { RefreshTurn } from './refresh-turn.ts';
import type { RefreshTurns } from './refresh-turns.ts';

export interface StoredGrantProofParts {
  readonly calls: OAuthClientCalls;
  readonly googleGate: Pick<GoogleGate, 'enter'>;
  readonly updates: GrantUpdates;
  readonly turns: RefreshTurns;
  readonly term: ActiveTerm;
}

/** Google was not asked, or did not answer in time. */
const NOT_ASKED = [
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_RATE_LIMITED',
  'PROVIDER_CLIENT_REJECTED',
  'NOT_READY',
] as const;

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
   * @returns the grant as Google describes it now; its successor, stored, where Google rotated it
   * @throws Failure REFRESH_TOKEN_MISSING where none that works is stored; REVOCATION_IN_PROGRESS,
   *   USER_REVOKED; EXCHANGE_OUTCOME_UNKNOWN where Google does not say; STORE_UNAVAILABLE,
   *   STORE_ACCESS_LOST, CONCURRENT_UPDATE: call again
   */
  async prove(consent: Consent): Promise<Grant> {
    const { client, identity } = consent;
    const whose = { userId: identity.userId, oauthClient: client.alias };
    try {
      return await this.#parts.turns.run(whose, (turn) => this.#prove(consent, turn));
    } catch (error) {
      // The code is spent: that Google cannot be asked is no reason to send it again.
      if (isFailure(error, ...NOT_ASKED)) throw notProved();
      throw error;
    }
  }

  async #prove({ client, identity, position }: Consent, turn: RefreshTurn): Promise<Grant> {
    const wanted = { userId: identity.userId, client, position };
    const found = await this.#parts.term.confirmedRefusal(() => this.#stored(wanted));
    const { grant } = found;
    const { refreshToken } = grant;
    const leave = await this.#parts.googleGate.enter(client.alias, 'proof', turn);
    const refresh = async () => {
      turn.askGoogle();
      return this.#parts.calls.refresh(client, { refreshToken });
    };
    const outcome = await refresh().finally(leave);
    if (outcome.kind === 'tokens') {
      const proven = { ...grant, scopes: outcome.scopes ?? grant.scopes };
      const successor = outcome.refreshToken;
      if (successor === undefined || successor.equals(grant.refreshToken)) return proven;
      await this.#parts.updates.rotate(found, successor);
      return { ...proven, refreshToken: successor };
    }
    if (outcome.kind === 'refused' && outcome.cause === 'invalid_grant') {
      await this.#parts.updates.markDead(found);
      throw new Failure('REFRESH_TOKEN_MISSING');
    }
    throw notProved();
  }

  async #stored({ userId, client, position }: Wanted): Promise<FoundGrant> {
    const stored = await this.#users.read(userId);
    if (stored.kind !== 'present') throw new Failure('REFRESH_TOKEN_MISSING');
    const { state, grants, revokedPosition = 0 } = stored.record;
    if (state === 'revoking') throw new Failure('REVOCATION_IN_PROGRESS');
    const grant = (grants.get(client.alias) ?? []).find(
      (one) => one.state === 'live' && one.clientId === client.clientId,
    );
    if (grant === undefined) throw new Failure('REFRESH_TOKEN_MISSING');
    const oauthClient = client.alias;
    return { userId, oauthClient, grant, position: Math.max(position, revokedPosition) };
  }
}

interface Wanted {
  readonly userId: string;
  readonly client: OAuthClient;
  readonly position: number;
}

function notProved(): Failure {
  return new Failure('EXCHANGE_OUTCOME_UNKNOWN', { detail: 'the stored token was not proved' });
}
