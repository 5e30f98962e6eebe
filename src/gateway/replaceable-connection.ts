import type { Reachability, TokenVaultConnection } from '../client/connect.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import { UnprovenChange } from '../domain/startup-problems.ts';

/** How long a connection may take to stand, or to fail. */
const DIAL_MS = 5_000;
const LOOK_MS = 20;

/** The way to TokenVault, which another certificate may replace while calls are under way. */
export class ReplaceableConnection
  implements Pick<TokenVaultConnection, 'exchangeCode' | 'reachability' | 'close'>
{
  readonly #clock: Clock;
  #inUse: TokenVaultConnection;

  constructor(first: TokenVaultConnection, clock: Clock) {
    this.#inUse = first;
    this.#clock = clock;
  }

  exchangeCode(
    ...call: Parameters<TokenVaultConnection['exchangeCode']>
  ): ReturnType<TokenVaultConnection['exchangeCode']> {
    return this.#inUse.exchangeCode(...call);
  }

  reachability(): Reachability {
    return this.#inUse.reachability();
  }

  /**
   * Later calls take `next`; those under way end where they began. While TokenVault cannot be reached
   * in any way, nobody can know whether it takes the certificate: then it is taken.
   * @throws UnprovenChange, and nothing is changed, where `next` alone does not reach TokenVault
   */
  async replace(next: TokenVaultConnection): Promise<void> {
    const before = this.#inUse;
    const [after, now] = await Promise.all([this.#dialled(next), this.#dialled(before)]);
    if (after !== 'connected' && now === 'connected') {
      next.close();
      throw new UnprovenChange([
        'gateway.token_vault_tls must name a certificate that TokenVault takes, and the authority of its own: it could not be reached with these.',
      ]);
    }
    this.#inUse = next;
    before.close();
  }

  close(): void {
    this.#inUse.close();
  }

  /** One try that fails says little: a node may restart, and a dial is tried again by itself. */
  async #dialled(connection: TokenVaultConnection): Promise<Reachability> {
    const end = this.#clock.monotonic() + DIAL_MS;
    let seen = connection.reachability();
    while (seen !== 'connected' && this.#clock.monotonic() < end) {
      await sleep(this.#clock, LOOK_MS);
      seen = connection.reachability();
    }
    return seen;
  }
}
