import type { FaultWorld } from '../../test/faults/world/fault-world.ts';
import { exchange, getAccessToken, getUser, revokeUser } from './attempts.ts';
import { type Attempt, persistently } from './persistent-call.ts';

export const KINDS = ['ExchangeCode', 'GetAccessToken', 'GetUser', 'RevokeUser'] as const;
export type Kind = (typeof KINDS)[number];

/** A call that needs Vault, and what became of it. Times on the clock of `performance.now()`. */
export interface VaultCall {
  readonly kind: Kind;
  readonly begunAt: number;
  readonly ms: number;
  /** Undefined where it failed in the end. */
  readonly attempts: number | undefined;
}

/** For what has to be there before anything is measured. */
export const PREPARED_WITHIN_MS = 30_000;
const PREPARED_SIDE_BY_SIDE = 5;
const ATTEMPTS = { GetAccessToken: getAccessToken, GetUser: getUser, RevokeUser: revokeUser };

/**
 * Calls of which none can be answered without Vault. Each user lives through all of them: a code is
 * exchanged, a token fetched that no replica has, the user looked at and revoked.
 */
export class VaultCalls {
  readonly ended: VaultCall[] = [];
  readonly #world: FaultWorld;
  readonly #deadlineMs: number;
  readonly #connected: string[] = [];
  readonly #used: string[] = [];

  /** @param deadlineMs of each call, all its attempts included */
  constructor(world: FaultWorld, deadlineMs: number) {
    this.#world = world;
    this.#deadlineMs = deadlineMs;
  }

  /** Connects users beforehand, so that no call has to wait for the outcome of another. */
  async prepare(users: readonly string[]): Promise<void> {
    const lanes = Array.from({ length: PREPARED_SIDE_BY_SIDE }, async (_, lane) => {
      for (let turn = lane; turn < users.length; turn += PREPARED_SIDE_BY_SIDE) {
        const attempt = await exchange({ world: this.#world, user: users[turn] ?? '', turn });
        await persistently(attempt, PREPARED_WITHIN_MS);
      }
    });
    await Promise.all(lanes);
    this.#connected.push(...users.slice(users.length / 2));
    this.#used.push(...users.slice(0, users.length / 2));
  }

  /** @throws TokenVaultError where it fails in the end */
  async exchange(turn: number, user: string): Promise<void> {
    const attempt = await exchange({ world: this.#world, user, turn });
    await this.#make('ExchangeCode', attempt);
    this.#connected.push(user);
  }

  /** A call for the user who waits longest for one of this kind. @throws TokenVaultError */
  async next(kind: Exclude<Kind, 'ExchangeCode'>, turn: number): Promise<void> {
    const user = this.#userFor(kind);
    const attempt =
      user === undefined ? noUser : ATTEMPTS[kind]({ world: this.#world, user, turn });
    await this.#make(kind, attempt);
    if (kind === 'GetAccessToken' && user !== undefined) this.#used.push(user);
  }

  #userFor(kind: Exclude<Kind, 'ExchangeCode'>): string | undefined {
    if (kind === 'GetAccessToken') return this.#connected.shift();
    return kind === 'RevokeUser' ? this.#used.shift() : this.#used.at(-1);
  }

  async #make(kind: Kind, attempt: Attempt): Promise<void> {
    const begunAt = performance.now();
    const note = (attempts?: number) =>
      this.ended.push({ kind, begunAt, ms: performance.now() - begunAt, attempts });
    try {
      note(await persistently(attempt, this.#deadlineMs));
    } catch (error) {
      note();
      throw error;
    }
  }
}

/** Counts as a failure: then too few users were connected. */
function noUser(): Promise<never> {
  return Promise.reject(new Error('there is no user to call for'));
}
