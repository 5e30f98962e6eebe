import type { Alerts } from '../domain/alerts.ts';
import { type Clock, type Instant, instantOf } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { LoggedUsers } from '../domain/logged-users.ts';
import type { OAuthClient } from '../domain/oauth-client.ts';
import type { TokenReply } from '../domain/oauth-provider.ts';
import { missingScopes } from '../domain/scopes.ts';
import type { UserRecord } from '../domain/user-record.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { MintedToken, TokenKey } from './access-token-cache.ts';
import type { ActiveTerm } from './active-term.ts';
import type { BatchReads } from './batch-reads.ts';
import { noAnswerFailure, refreshRefusedFailure } from './google-failures.ts';
import type { GoogleGate } from './google-gate.ts';
import { activeRecord, chooseGrant, reconsentRequired, scopeNotGranted } from './grant-choice.ts';
import type { FoundGrant, GrantUpdates } from './grant-updates.ts';
import type { OAuthClientCalls } from './oauth-client-calls.ts';
import type { OAuthClients } from './oauth-clients.ts';
import type { RefreshTurn } from './refresh-turn.ts';
import type { RefreshTurns } from './refresh-turns.ts';
import type { RevocationView } from './revocation-view.ts';
import type { Urgency } from './urgency.ts';

export interface TokenMinterDeps {
  readonly clock: Clock;
  readonly alerts: Alerts;
  readonly users: UserStore;
  readonly keyedHash: KeyedHash;
  readonly loggedUsers: LoggedUsers;
}

export interface TokenMinterParts {
  readonly clients: OAuthClients;
  readonly calls: OAuthClientCalls;
  readonly googleGate: Pick<GoogleGate, 'enter' | 'ensureOpen'>;
  readonly updates: GrantUpdates;
  readonly view: RevocationView;
  readonly turns: RefreshTurns;
  readonly term: ActiveTerm;
  readonly batchReads: BatchReads;
}

/** Told while a token is minted, for those who wait for it. */
export interface MintObserver {
  /** The view's mark, just before the user's record is read. */
  reading(mark: number): void;
  /** The record is asked for: its refusal may be too old for whoever comes now. */
  recordAsked(): void;
}

/** Tokens, and when Google gave them: a rotated one may hold them up. */
interface Answer extends TokenReply {
  readonly answeredAt: Instant;
}

/** What a token is minted from. */
interface Source {
  readonly client: OAuthClient;
  readonly found: FoundGrant;
}

/** And whose it is. */
interface Chosen extends Source {
  readonly record: UserRecord;
}

/** Mints one access token: from the record, by a refresh at Google, to a checked answer. */
export class TokenMinter {
  readonly #deps: TokenMinterDeps;
  readonly #parts: TokenMinterParts;

  constructor(deps: TokenMinterDeps, parts: TokenMinterParts) {
    this.#deps = deps;
    this.#parts = parts;
  }

  mint(key: TokenKey, observer: MintObserver, urgency: Urgency): Promise<MintedToken> {
    const refresh = async (turn: RefreshTurn) => {
      const errand = turn.urgency === 'call' ? 'refresh' : 'batch';
      const leave = await this.#parts.googleGate.enter(key.oauthClient, errand, turn);
      return this.#mint(key, observer, turn).finally(leave);
    };
    return this.#parts.turns.run(key, refresh, urgency);
  }

  async #mint(key: TokenKey, observer: MintObserver, turn: RefreshTurn): Promise<MintedToken> {
    const mark = this.#parts.view.mark();
    const { position } = this.#parts.view;
    observer.reading(mark);
    const { term, batchReads } = this.#parts;
    const choose = () =>
      term.confirmedRefusal(() => {
        observer.recordAsked();
        return this.#choose(key, position);
      });
    const chosen = await batchReads.run(choose, turn);
    const { record } = chosen;
    const tokens =
      (await this.#refresh(key, chosen, turn)) ?? (await this.#afterDeath(key, chosen, turn));
    this.#checkScopes(key, tokens);
    const userKey = this.#deps.keyedHash.of('user', key.userId);
    const { accessToken, expiresInMs: lifeMs, answeredAt } = tokens;
    const { hostedDomain, generation } = record;
    return { accessToken, lifeMs, answeredAt, userKey, mark, hostedDomain, generation };
  }

  /** The client is read again before a grant is called another client's. */
  async #choose(key: TokenKey, viewed: number): Promise<Chosen> {
    const record = await this.#read(key.userId);
    const known = await this.#parts.clients.get(key.oauthClient);
    const grants = record.grants.get(key.oauthClient) ?? [];
    const clientIds = grants.map(({ clientId }) => clientId);
    const foreign = clientIds.some((clientId) => clientId !== known.clientId);
    const client = foreign
      ? await this.#parts.clients.rereadFor(key.oauthClient, clientIds)
      : known;
    const grant = chooseGrant(record, client, key.scopes);
    // An active record is younger than the revocation that it remembers.
    const position = Math.max(viewed, record.revokedPosition ?? 0);
    const { userId, oauthClient } = key;
    return { client, found: { userId, oauthClient, grant, position }, record };
  }

  /** @returns undefined where Google says that the refresh token is dead */
  async #refresh(
    key: TokenKey,
    { client, found }: Source,
    turn: RefreshTurn,
  ): Promise<Answer | undefined> {
    const { refreshToken } = found.grant;
    this.#parts.googleGate.ensureOpen(key.oauthClient, turn.urgency);
    turn.askGoogle();
    const outcome = await this.#parts.calls.refresh(client, { refreshToken, scopes: key.scopes });
    const answeredAt = instantOf(this.#deps.clock);
    if (outcome.kind === 'no_answer') {
      this.#parts.googleGate.ensureOpen(key.oauthClient, turn.urgency);
      throw noAnswerFailure(outcome);
    }
    if (outcome.kind === 'refused') {
      if (outcome.cause === 'invalid_grant') return undefined;
      throw refreshRefusedFailure(outcome.cause, key);
    }
    const rotated = outcome.refreshToken;
    if (rotated !== undefined && !rotated.equals(refreshToken)) {
      await this.#rotate(found, rotated);
    }
    return { ...outcome, answeredAt };
  }

  /**
   * Marks the token dead, if it is still the stored one. Another one that covers the scopes, put there
   * by another replica or older than the dead one, is tried, once.
   */
  async #afterDeath(
    key: TokenKey,
    { client, found: dead }: Source,
    turn: RefreshTurn,
  ): Promise<Answer> {
    const { updates, term, batchReads } = this.#parts;
    await updates.markDead(dead);
    const choose = async () => {
      const record = await this.#read(key.userId);
      const grant = chooseGrant(record, client, key.scopes);
      return { ...dead, grant, position: Math.max(dead.position, record.revokedPosition ?? 0) };
    };
    const other = await batchReads.run(() => term.confirmedRefusal(choose), turn);
    const answer = await this.#refresh(key, { client, found: other }, turn);
    if (answer !== undefined) return answer;
    throw reconsentRequired(await updates.markDead(other), key.oauthClient);
  }

  async #rotate(found: FoundGrant, rotated: TokenReply['accessToken']): Promise<void> {
    try {
      await this.#parts.updates.rotate(found, rotated);
    } catch (error) {
      // To a caller of Get, a revocation that runs and one that is done are the same.
      if (error instanceof Failure && error.reason === 'REVOCATION_IN_PROGRESS') {
        throw new Failure('USER_REVOKED');
      }
      throw error;
    }
  }

  async #read(userId: string): Promise<UserRecord> {
    const { users, alerts, loggedUsers } = this.#deps;
    return activeRecord(await users.read(userId), { userId, alerts, loggedUsers });
  }

  /** Without `scope` in the answer the token has what was asked for (RFC 6749 section 5.1). */
  #checkScopes(key: TokenKey, tokens: TokenReply): void {
    const given = tokens.scopes ?? key.scopes;
    const missing = missingScopes(key.scopes, given);
    if (missing.length > 0) throw scopeNotGranted(missing, key.oauthClient);
    if (missingScopes(given, key.scopes).length > 0) {
      this.#deps.alerts.raise('scope_narrowing_failed', { oauthClient: key.oauthClient });
      throw new Failure('SCOPE_NARROWING_FAILED', { metadata: { oauthClient: key.oauthClient } });
    }
  }
}
