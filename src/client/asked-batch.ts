import { type Clock, sleep } from '../domain/clock.ts';
import { AskedUser } from './asked-user.ts';
import { awake } from './awake.ts';
import { callForTokens, concernsAll } from './batch-call.ts';
import type { TokenVaultConnection } from './connect.ts';
import type { SharedRate } from './shared-rate.ts';
import { TokenVaultError } from './token-vault-error.ts';
import type { TokenTerms, UserToken } from './user-token.ts';

/** Who is due this part of the wait later is waited for, so that one call asks for them together. */
const TOGETHER_SHARE = 0.25;

export interface AskedBatchPorts {
  readonly connection: Pick<TokenVaultConnection, 'batchGetAccessTokens'>;
  readonly clock: Clock;
  readonly rate: SharedRate;
  /** Nobody waits any more: nothing is asked again. */
  readonly stopped: AbortSignal;
}

/** Up to 100 users whose tokens are asked for in one call, and in further ones for those who have none yet. */
export class AskedBatch {
  readonly #users: readonly AskedUser[];
  readonly #terms: TokenTerms;
  readonly #ports: AskedBatchPorts;

  constructor(userIds: readonly string[], terms: TokenTerms, ports: AskedBatchPorts) {
    this.#users = userIds.map((userId) => new AskedUser(userId));
    this.#terms = terms;
    this.#ports = ports;
  }

  /** Asks until what each user has stands. @throws TokenVaultError that concerns every batch alike */
  async gather(): Promise<this> {
    const { clock, stopped } = this.#ports;
    for (let due = this.#dueBy(clock.monotonic()); due.length > 0; ) {
      await this.#ask(due);
      const nextAt = this.#nextAt();
      if (nextAt === undefined) break;
      await awake(sleep(clock, nextAt - clock.monotonic(), stopped));
      if (stopped.aborted) break;
      due = this.#dueBy(nextAt);
    }
    return this;
  }

  /**
   * Of all users, in order. Tokens that wait here for too long are replaced before they leave.
   * @throws TokenVaultError that concerns every batch alike
   */
  async *results(): AsyncGenerator<UserToken, void, undefined> {
    for (const [place, user] of this.#users.entries()) {
      if (this.#hasFallenShort(user)) {
        const rest = this.#users.slice(place);
        for (const each of rest) if (this.#hasFallenShort(each)) each.renew();
        await this.gather();
      }
      yield user.result;
    }
  }

  #hasFallenShort(user: AskedUser): boolean {
    return user.hasFallenShort(this.#terms.minTtlMs, this.#ports.clock);
  }

  #dueBy(time: number): readonly AskedUser[] {
    return this.#users.filter(({ dueAt }) => dueAt <= time);
  }

  /** When the next are due, and those who are due little later. */
  #nextAt(): number | undefined {
    const now = this.#ports.clock.monotonic();
    const times = this.#users.map(({ dueAt }) => dueAt).filter(Number.isFinite);
    if (times.length === 0) return undefined;
    // Some may have fallen due while others were asked for.
    const first = Math.max(now, Math.min(...times));
    const until = first + (first - now) * TOGETHER_SHARE;
    return Math.max(now, ...times.filter((time) => time <= until));
  }

  async #ask(users: readonly AskedUser[]): Promise<void> {
    const { connection, clock, rate } = this.#ports;
    const userIds = users.map(({ userId }) => userId);
    let sentAt = clock.monotonic();
    const send = () => {
      sentAt = clock.monotonic();
      return callForTokens(connection, userIds, this.#terms);
    };
    const results = await rate.within(send).catch((error: unknown) => {
      if (!(error instanceof TokenVaultError) || concernsAll(error)) throw error;
      return userIds.map((userId) => ({ userId, error }));
    });
    const tookMs = clock.monotonic() - sentAt;
    for (const [index, user] of users.entries()) {
      const result = results[index];
      if (result !== undefined) user.take(result, tookMs, clock);
    }
  }
}
