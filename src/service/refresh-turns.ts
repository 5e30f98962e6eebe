import { KeyedMutex } from '../concurrency/keyed-mutex.ts';
import { within } from '../concurrency/within.ts';
import type { Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { HeldCommits } from './held-commits.ts';
import type { ServiceLimits } from './limits.ts';
import { RefreshTurn, turnOver } from './refresh-turn.ts';
import type { Urgency } from './urgency.ts';

export interface RefreshTurnsDeps {
  readonly clock: Clock;
  readonly limits: ServiceLimits;
}

/** Whose turn it is to be. */
export interface TurnOf {
  readonly userId: string;
  readonly oauthClient: string;
}

/** Those of one user and OAuth client that have, or wait for, their turn. */
interface Line {
  refreshes: number;
  /** Aborted when one of them is for a call: it must not wait behind one that waits behind batches. */
  readonly hurry: AbortController;
}

/**
 * Refreshes of one user and OAuth client, one after the other, and only while no token of the user
 * is on its way into Vault: the stored one may be superseded then.
 */
export class RefreshTurns {
  readonly #deps: RefreshTurnsDeps;
  readonly #held: HeldCommits;
  readonly #turns = new KeyedMutex();
  readonly #lines = new Map<string, Line>();

  constructor(deps: RefreshTurnsDeps, held: HeldCommits) {
    this.#deps = deps;
    this.#held = held;
  }

  /**
   * Waits for the turn, then runs `refresh`, both before one deadline: a call that hangs never keeps
   * the user's later ones from their turn.
   * @param refresh has Google in its turn alone, and is told when it has to hurry, for whose sake ever
   * @throws Failure STORE_UNAVAILABLE where a token waits for Vault until then, PROVIDER_UNAVAILABLE
   *   where Google takes so long, NOT_READY where it was not asked; what `refresh` throws
   */
  run<T>(
    whose: TurnOf,
    refresh: (turn: RefreshTurn) => Promise<T>,
    urgency: Urgency = 'call',
  ): Promise<T> {
    const { clock, limits } = this.#deps;
    const { hurry } = this.#join(whose);
    const turn = new RefreshTurn(clock, clock.monotonic() + limits.flightMs, hurry.signal);
    const onTimeout = () => this.#tooLate(whose.userId, turn);
    if (urgency === 'call') hurry.abort();
    const ended = this.#turns.run(keyOf(whose), () => {
      const work = this.#whenSettled(whose.userId, async () => {
        if (turn.isOver) throw onTimeout();
        return refresh(turn);
      });
      return within(clock, turn.until - clock.monotonic(), { work, onTimeout });
    });
    return ended.finally(() => this.#leave(whose));
  }

  /** Somebody waits now for those that there are. */
  hurry(whose: TurnOf): void {
    this.#lines.get(keyOf(whose))?.hurry.abort();
  }

  #join(whose: TurnOf): Line {
    const line = this.#lines.get(keyOf(whose)) ?? { refreshes: 0, hurry: new AbortController() };
    line.refreshes += 1;
    this.#lines.set(keyOf(whose), line);
    return line;
  }

  #leave(whose: TurnOf): void {
    const line = this.#lines.get(keyOf(whose));
    if (line === undefined) return;
    line.refreshes -= 1;
    if (line.refreshes === 0) this.#lines.delete(keyOf(whose));
  }

  async #whenSettled<T>(userId: string, refresh: () => Promise<T>): Promise<T> {
    await this.#held.settled(userId);
    return refresh();
  }

  #tooLate(userId: string, { hasAskedGoogle }: RefreshTurn): Failure {
    if (this.#held.holds(userId)) {
      return new Failure('STORE_UNAVAILABLE', { detail: 'a token of the user waits for Vault' });
    }
    if (!hasAskedGoogle) return turnOver();
    return new Failure('PROVIDER_UNAVAILABLE', { detail: 'the refresh takes too long' });
  }
}

function keyOf({ userId, oauthClient }: TurnOf): string {
  return `${userId}\n${oauthClient}`;
}
