import { type Violation, violationsOf } from '../../simulation/checkers/all.ts';
import type { Call, FactBody, OperationOf, Rest } from '../../simulation/history.ts';
import { History, type HistorySettings } from '../../simulation/history.ts';
import { allIsWell } from './at-rest.ts';

/** A violation, and the user whose history has it. */
export interface BrokenPromise extends Violation {
  readonly user: string;
}

export type UserRest = Pick<Rest, 'users' | 'markers'>;

/** One history for each user: no promise is about two of them, and each stays short enough to check. */
export class Histories {
  readonly #settings: HistorySettings;
  readonly #histories = new Map<string, History>();
  /** Of each history the moment from which nothing was broken any more. */
  readonly #settled = new Map<string, number>();

  constructor(settings: HistorySettings) {
    this.#settings = settings;
  }

  get users(): readonly string[] {
    return [...this.#histories.keys()];
  }

  of(user: string): History {
    const history =
      this.#histories.get(user) ?? new History(this.#settings, () => performance.now());
    this.#histories.set(user, history);
    return history;
  }

  begin<Kind extends Call['kind']>(
    replica: string,
    call: Extract<Call, { readonly kind: Kind }>,
  ): OperationOf<Kind> {
    return this.of(call.user).begin(replica, call);
  }

  fact(user: string, fact: FactBody): void {
    this.of(user).fact(fact);
  }

  /** Something that may matter to every user. */
  factOfAll(fact: FactBody): void {
    for (const history of this.#histories.values()) history.fact(fact);
  }

  /** From now on nothing is broken any more. */
  settled(): void {
    for (const [user, history] of this.#histories) this.#settled.set(user, history.now().order);
  }

  /** Ends the history of the user with what is stored when nothing moves any more. */
  finish(user: string, rest: UserRest): void {
    this.of(user).finish(rest);
  }

  violations(): readonly BrokenPromise[] {
    return this.users.flatMap((user) => this.violationsOf(user));
  }

  violationsOf(user: string): readonly BrokenPromise[] {
    const history = this.of(user);
    const atRest = allIsWell(this.#settled.get(user) ?? Number.POSITIVE_INFINITY);
    const broken = atRest.broken(history).map((what) => ({ checker: atRest.name, what }));
    return [...violationsOf(history), ...broken].map((violation) => ({ ...violation, user }));
  }

  /** Of a user whose story is over and was looked at: long runs would fill the memory. */
  forget(user: string): void {
    this.#histories.delete(user);
    this.#settled.delete(user);
  }
}
