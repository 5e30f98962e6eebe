import { KeyedMutex } from '../concurrency/keyed-mutex.ts';
import { within } from '../concurrency/within.ts';
import type { Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { HeldCommits } from './held-commits.ts';
import type { ServiceLimits } from './limits.ts';

export interface RefreshTurnsDeps {
  readonly clock: Clock;
  readonly limits: ServiceLimits;
}

/**
 * Refreshes of one user and OAuth client, one after the other, and only while no token of the user
 * is on its way into Vault: the stored one may be superseded then.
 */
export class RefreshTurns {
  readonly #deps: RefreshTurnsDeps;
  readonly #held: HeldCommits;
  readonly #turns = new KeyedMutex();

  constructor(deps: RefreshTurnsDeps, held: HeldCommits) {
    this.#deps = deps;
    this.#held = held;
  }

  /**
   * Waits for the turn, then runs `refresh`, both before one deadline: a call that hangs never keeps
   * the user's later ones from their turn.
   * @throws Failure STORE_UNAVAILABLE where a token waits for Vault until then, PROVIDER_UNAVAILABLE
   *   where Google does; what `refresh` throws
   */
  run<T>(userId: string, oauthClient: string, refresh: () => Promise<T>): Promise<T> {
    const { clock, limits } = this.#deps;
    const deadline = clock.monotonic() + limits.flightMs;
    const onTimeout = () => this.#tooLate(userId);
    return this.#turns.run(`${userId}\n${oauthClient}`, () => {
      const work = this.#whenSettled(userId, async () => {
        if (clock.monotonic() >= deadline) throw onTimeout();
        return refresh();
      });
      return within(clock, deadline - clock.monotonic(), { work, onTimeout });
    });
  }

  async #whenSettled<T>(userId: string, refresh: () => Promise<T>): Promise<T> {
    await this.#held.settled(userId);
    return refresh();
  }

  #tooLate(userId: string): Failure {
    return this.#held.holds(userId)
      ? new Failure('STORE_UNAVAILABLE', { detail: 'a token of the user waits for Vault' })
      : new Failure('PROVIDER_UNAVAILABLE', { detail: 'the refresh takes too long' });
  }
}
