import type { Clock } from '../domain/clock.ts';
import type { Reachability } from './channels.ts';
import type { Link } from './link.ts';
import { Replaceable } from './replaceable.ts';
import type { Send } from './send.ts';
import { TokenVaultError } from './token-vault-error.ts';

/** A link that another one may replace, without a call that fails for it. */
export class ReplaceableLink<Client> implements Link<Client> {
  readonly #way: Replaceable<Link<Client>>;
  readonly #clock: Clock;

  constructor(first: Link<Client>, clock: Clock) {
    this.#way = new Replaceable(first, clock);
    this.#clock = clock;
  }

  /** A call that was still waiting for the earlier link takes the later one. */
  readonly send: Send<Client> = async (method, request, options) => {
    const end = this.#clock.monotonic() + options.timeoutMs;
    for (;;) {
      const link = this.#way.inUse;
      try {
        const timeoutMs = end - this.#clock.monotonic();
        return await link.send(method, request, { ...options, timeoutMs });
      } catch (error) {
        const neverLeft = error instanceof TokenVaultError && !error.sent;
        if (link === this.#way.inUse || !neverLeft) throw error;
      }
    }
  };

  /** Gives false, and nothing is changed, where `next` alone does not reach TokenVault. */
  replace(next: Link<Client>): Promise<boolean> {
    return this.#way.replace(next);
  }

  reachability(): Reachability {
    return this.#way.inUse.reachability();
  }

  close(): void {
    this.#way.close();
  }
}
