import type { Clock } from '../domain/clock.ts';
import type { ExchangeResponse } from '../domain/exchange-record.ts';
import { Failure } from '../domain/failure.ts';
import { type Grant, insertLateGrant, mergeGrant, SIDE_BY_SIDE_MS } from '../domain/grant.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { LoggedUsers } from '../domain/logged-users.ts';
import type { Logger } from '../domain/logger.ts';
import type { Secret } from '../domain/secret.ts';
import type { UserRecord } from '../domain/user-record.ts';
import type { AccessTokenCache } from './access-token-cache.ts';
import type { Consent } from './consent.ts';
import type { HandOut } from './hand-out.ts';
import type { HeldCommits } from './held-commits.ts';
import type { StoredGrantProof } from './stored-grant-proof.ts';
import type { TokenCommitter } from './token-commit.ts';

/** Another consent can have come and gone in this time: the commit is not of the newest any more. */
const LATE_MS = 1_000;

export interface ConsentCommitterDeps {
  readonly clock: Clock;
  readonly keyedHash: KeyedHash;
  readonly logger: Logger;
  readonly loggedUsers: LoggedUsers;
}

export interface ConsentCommitterParts {
  readonly committer: TokenCommitter;
  readonly proof: StoredGrantProof;
  readonly cache: AccessTokenCache;
  readonly handOut: HandOut;
  readonly held: HeldCommits;
}

/** Makes a consent the user's newest, with the refresh token that came or the one that is stored. */
export class ConsentCommitter {
  readonly #deps: ConsentCommitterDeps;
  readonly #parts: ConsentCommitterParts;

  constructor(deps: ConsentCommitterDeps, parts: ConsentCommitterParts) {
    this.#deps = deps;
    this.#parts = parts;
  }

  /** One operation: all attempts of the resulting function are retries of the same write. */
  async prepare(consent: Consent): Promise<() => Promise<ExchangeResponse>> {
    const { refreshToken } = consent.tokens;
    const begun: Begun = { consentedAt: this.#deps.clock.now() };
    const commit =
      refreshToken === undefined
        ? await this.#prepareKept(consent, begun)
        : this.#prepareNew(consent, refreshToken, begun);
    return async () => {
      const response = await commit();
      this.#tellOfNewName(consent, begun);
      return response;
    };
  }

  #prepareNew(
    consent: Consent,
    refreshToken: Secret,
    begun: Begun,
  ): () => Promise<ExchangeResponse> {
    const { client, tokens } = consent;
    const { consentedAt } = begun;
    const life = tokens.refreshTokenExpiresInMs;
    const grant: Grant = {
      clientId: client.clientId,
      refreshToken,
      scopes: tokens.scopes ?? [],
      // An answer that came late must not make it look newer than it is.
      obtainedAt: consent.sentAt.wall,
      ...(life === undefined ? {} : { expiresAt: consentedAt + life }),
      state: 'live',
    };
    const commit = this.#parts.committer.prepare({
      userId: consent.identity.userId,
      refreshToken,
      position: consent.position,
      apply: (record, changed) => {
        begun.formerName = record.externalUserId;
        const older = record.grants.get(client.alias) ?? [];
        const isNewest = !changed && !this.#isLate(consent) && follows(consent, record);
        const merge = isNewest ? mergeGrant : insertLateGrant;
        return consented(record, { consent, consentedAt, grants: merge(grant, older) });
      },
      kind: 'consent',
    });
    return async () => {
      const generation = await commit();
      this.#seedCache(consent, generation);
      return { ...responseOf(consent, grant, false), generation };
    };
  }

  /** Nobody is asked before: whoever signs in to an account may give it to another user of the caller. */
  #tellOfNewName({ identity, externalUserId: name }: Consent, { formerName }: Begun): void {
    if (name === undefined || formerName === undefined || formerName === name) return;
    const { logger, loggedUsers } = this.#deps;
    logger.warn('account_renamed', {
      ...loggedUsers.of(identity.userId),
      name: loggedUsers.of(name).user,
      formerName: loggedUsers.of(formerName).user,
    });
  }

  /** By whichever clock says more: the machine may have slept. */
  #isLate({ sentAt }: Consent): boolean {
    const { clock } = this.#deps;
    return Math.max(clock.monotonic() - sentAt.monotonic, clock.now() - sentAt.wall) > LATE_MS;
  }

  async #prepareKept(consent: Consent, begun: Begun): Promise<() => Promise<ExchangeResponse>> {
    const { held, proof, committer } = this.#parts;
    const grant = await held.retry(() => proof.prove(consent));
    const commit = committer.prepare({
      userId: consent.identity.userId,
      position: consent.position,
      apply: (record) => {
        begun.formerName = record.externalUserId;
        return withKeptGrant(record, { consent, consentedAt: begun.consentedAt, grant });
      },
      kind: 'consent',
    });
    return async () => {
      const generation = await commit();
      return { ...responseOf(consent, grant, true), generation };
    };
  }

  /** The answer is decided by the record alone; the check at hand-out decides about the cache. */
  #seedCache(consent: Consent, generation: number): void {
    const { identity, client, tokens, answeredAt, mark } = consent;
    const { scopes, accessToken, expiresInMs: lifeMs } = tokens;
    if (scopes === undefined) return;
    const userKey = this.#deps.keyedHash.of('user', identity.userId);
    if (this.#parts.handOut.verdict({ userKey, mark }) !== 'leave') return;
    const key = { userId: identity.userId, oauthClient: client.alias, scopes };
    const { hostedDomain } = identity.profile;
    const minted = { accessToken, lifeMs, answeredAt, userKey, mark, hostedDomain, generation };
    this.#parts.cache.put(key, minted, 'call');
  }
}

/** A commit under way. */
interface Begun {
  readonly consentedAt: number;
  /** In the record that it is written over. */
  formerName?: string | undefined;
}

interface Consented {
  readonly consent: Consent;
  readonly consentedAt: number;
  readonly grants: readonly Grant[];
}

/** Whether the consent was given after those in the record, for all that clocks can tell. */
function follows({ sentAt }: Consent, { consentedAt = 0 }: UserRecord): boolean {
  return consentedAt < sentAt.wall - SIDE_BY_SIDE_MS;
}

function consented(record: UserRecord, { consent, consentedAt, grants }: Consented): UserRecord {
  const { client, identity, externalUserId } = consent;
  const { revokeTime: _ended, providerRevocation: _answered, ...kept } = record;
  // Google names a domain in every ID token of an account that has one, and only then.
  const isNewest = consentedAt >= (record.consentedAt ?? 0);
  const hostedDomain = isNewest ? identity.profile.hostedDomain : record.hostedDomain;
  return {
    ...kept,
    ...(externalUserId === undefined ? {} : { externalUserId }),
    hostedDomain,
    generation: record.generation + 1,
    state: 'active',
    // A commit that was held up must not make the newest consent look older.
    consentedAt: Math.max(consentedAt, record.consentedAt ?? 0),
    grants: new Map(record.grants).set(client.alias, grants),
  };
}

function withKeptGrant(
  record: UserRecord,
  kept: { readonly consent: Consent; readonly consentedAt: number; readonly grant: Grant },
): UserRecord {
  const { consent, consentedAt, grant } = kept;
  const stored = record.grants.get(consent.client.alias) ?? [];
  const isKept = (one: Grant) => one.refreshToken.equals(grant.refreshToken);
  if (!stored.some(isKept)) throw new Failure('REFRESH_TOKEN_MISSING');
  const grants = stored.map((one) => (isKept(one) ? grant : one));
  return consented(record, { consent, consentedAt, grants });
}

function responseOf(consent: Consent, grant: Grant, refreshTokenKept: boolean): ExchangeResponse {
  const { userId, profile } = consent.identity;
  return {
    userId,
    profile,
    grantedScopes: grant.scopes,
    ...(grant.expiresAt === undefined ? {} : { grantExpireTime: grant.expiresAt }),
    refreshTokenKept,
  };
}
