import type { Instant } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { RevocationSettings } from '../domain/revocation-store.ts';
import type { RevocationLogReader } from './revocation-log-reader.ts';
import type { RevocationView } from './revocation-view.ts';

/** A token that wants to leave: whose it is, and the view's mark from before its record was read. */
export interface Leaving {
  readonly userKey: string;
  readonly mark: number;
}

/**
 * The one check through which every token leaves, in the same turn of the event loop as the
 * hand-over: the view of the revocation log is young and has not named the user.
 */
export class HandOut {
  readonly #view: RevocationView;
  readonly #reader: RevocationLogReader;
  readonly #settings: RevocationSettings;

  constructor(view: RevocationView, reader: RevocationLogReader, settings: RevocationSettings) {
    this.#view = view;
    this.#reader = reader;
    this.#settings = settings;
  }

  /** What is known at this instant, without waiting; `now` where it is at hand. */
  verdict(token: Leaving, now?: Instant): 'leave' | 'named' | 'view-too-old' {
    if (this.#view.namedSince(token.userKey, token.mark)) return 'named';
    return this.#view.ageMs(now) <= this.#settings.boundMs ? 'leave' : 'view-too-old';
  }

  /**
   * Waits out a view that is too old, until it is young or was read since. Act on the answer before
   * the next await.
   * @param origin `cached`: held from before, which mode `available` serves while the log cannot be read
   * @throws Failure STORE_UNAVAILABLE
   */
  async settle(token: Leaving, origin: 'cached' | 'flight'): Promise<'leave' | 'named'> {
    for (let readings = 0; ; readings += 1) {
      const verdict = this.verdict(token);
      if (verdict !== 'view-too-old') return verdict;
      // Vault is slow. The second reading began after this wait did: it names all that were revoked before.
      if (readings >= 2) return 'leave';
      if ((await this.#reader.next()) === 'advanced') continue;
      const after = this.verdict(token);
      if (after !== 'view-too-old') return after;
      if (origin === 'cached' && this.#settings.mode === 'available') return 'leave';
      throw new Failure('STORE_UNAVAILABLE', { detail: 'the revocation log cannot be read' });
    }
  }

  /**
   * `settle` for tokens that have passed it before, each at its own time: now for all at the same.
   * @returns those that may leave, before the next await
   * @throws Failure STORE_UNAVAILABLE
   */
  async settleAll<Token extends Leaving>(tokens: readonly Token[]): Promise<readonly Token[]> {
    const unnamed = () =>
      tokens.filter(({ userKey, mark }) => !this.#view.namedSince(userKey, mark));
    for (;;) {
      const old = unnamed().find((token) => this.verdict(token) === 'view-too-old');
      // How old the view is concerns all alike: what one has waited out, all have.
      if (old === undefined || (await this.settle(old, 'cached')) === 'leave') return unnamed();
    }
  }
}
