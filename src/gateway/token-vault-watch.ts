import type { Reachability } from '../client/connect.ts';
import type { Clock } from '../domain/clock.ts';
import type { FailingDependency } from '../domain/replica-status.ts';

/** Without TokenVault the gateway can do nothing; this says whether there is a way to it. */
export class TokenVaultWatch {
  readonly #connection: { reachability(): Reachability };
  readonly #clock: Clock;
  #failing: FailingDependency | undefined;

  /** Dials at once, so that the first look has something to see. */
  constructor(connection: { reachability(): Reachability }, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
    this.#failing = this.#failsSince(clock.now(), 'not connected yet');
    connection.reachability();
  }

  /** While it dials, what was known before still holds. */
  status(): { readonly failing: readonly FailingDependency[]; readonly serves: boolean } {
    const now = this.#connection.reachability();
    if (now === 'connected') this.#failing = undefined;
    if (now === 'unreachable') {
      const since = this.#failing?.since ?? this.#clock.now();
      this.#failing = this.#failsSince(since, 'no connection');
    }
    const failing = this.#failing === undefined ? [] : [this.#failing];
    return { failing, serves: failing.length === 0 };
  }

  #failsSince(since: number, detail: string): FailingDependency {
    return { name: 'token_vault', cause: 'unreachable', since, detail };
  }
}
