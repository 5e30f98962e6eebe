import type { Alerts } from '../domain/alerts.ts';
import type { CallContext } from '../domain/caller.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { LoggedUsers } from '../domain/logged-users.ts';
import type { Logger } from '../domain/logger.ts';
import type { RevocationSettings } from '../domain/revocation-store.ts';
import type { Stored } from '../domain/store.ts';
import { newUserRecord, type UserRecord } from '../domain/user-record.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { AccessTokenCache } from './access-token-cache.ts';
import type { Revocation } from './revocation.ts';
import type { RevokeUserRequest, RevokeUserResponse } from './token-vault.ts';
import type { UserGate } from './user-gate.ts';

const MAX_ROUNDS = 20;

export interface RevokeUserDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly alerts: Alerts;
  readonly users: UserStore;
  readonly loggedUsers: LoggedUsers;
  readonly settings: RevocationSettings;
}

export interface RevokeUserParts {
  readonly revocation: Revocation;
  readonly cache: AccessTokenCache;
  readonly gate: UserGate;
}

/** RevokeUser: the same steps whatever it finds, so that a repeat is as good as a first call. */
export class RevokeUser {
  readonly #deps: RevokeUserDeps;
  readonly #parts: RevokeUserParts;

  constructor(deps: RevokeUserDeps, parts: RevokeUserParts) {
    this.#deps = deps;
    this.#parts = parts;
  }

  async run(request: RevokeUserRequest, context: CallContext): Promise<RevokeUserResponse> {
    const { users } = this.#deps;
    const { gate, revocation } = this.#parts;
    await gate.admit(request.userId, context.rights);
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const stored = await users.read(request.userId);
      const settled = await this.#alreadySettled(stored, request.grantedBefore);
      if (settled !== undefined) return settled;
      const record = this.#recordToRevoke(stored, request.userId);
      const begun = await revocation.begin(record, stored.version);
      if (begun.outcome === 'committed') return this.#finish(request, begun.generation, context);
    }
    throw new Failure('CONCURRENT_UPDATE', { detail: 'revoking' });
  }

  async #finish(
    request: RevokeUserRequest,
    generation: number,
    { caller, requestId }: CallContext,
  ): Promise<RevokeUserResponse> {
    const { logger, loggedUsers } = this.#deps;
    const { revocation, cache } = this.#parts;
    const { userId, reason } = request;
    await revocation.announce(userId);
    const effective = this.#afterBound();
    cache.dropUser(userId);
    const providerRevocation = await revocation.complete({ userId, generation });
    const who = { ...loggedUsers.of(userId), caller: caller.id, requestId };
    logger.info('user_revoked', { generation, providerRevocation, reason, ...who });
    return { generation, providerRevocation, effectiveTime: await effective };
  }

  /** A redelivered message must not kill a newer consent, nor repeat a revocation that is done. */
  async #alreadySettled(
    stored: Stored<UserRecord>,
    grantedBefore: number | undefined,
  ): Promise<RevokeUserResponse | undefined> {
    if (grantedBefore === undefined || stored.kind !== 'present') return undefined;
    const { record } = stored;
    const { generation } = record;
    const providerRevocation = record.providerRevocation ?? 'nothing_to_revoke';
    if ((record.consentedAt ?? 0) > grantedBefore) {
      return { generation, providerRevocation, effectiveTime: this.#deps.clock.now() };
    }
    if (record.state !== 'revoked' || grantedBefore > (record.revokeTime ?? 0)) return undefined;
    return { generation, providerRevocation, effectiveTime: await this.#afterBound() };
  }

  /** A corrupt record is replaced, or its user could never be revoked. */
  #recordToRevoke(stored: Stored<UserRecord>, userId: string): UserRecord {
    if (stored.kind === 'present') return stored.record;
    if (stored.kind === 'absent') return newUserRecord(userId, stored.version);
    const user = this.#deps.loggedUsers.of(userId);
    this.#deps.alerts.raise('stored_record_corrupt', { ...user, replacedBy: 'revocation' });
    return newUserRecord(userId, stored.version);
  }

  /** The instant from which no replica holds a view from before the announcement. */
  async #afterBound(): Promise<number> {
    const { clock, settings } = this.#deps;
    await sleep(clock, settings.boundMs);
    return clock.now();
  }
}
