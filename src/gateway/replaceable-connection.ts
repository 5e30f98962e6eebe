import type { Reachability, TokenVaultConnection } from '../client/connect.ts';
import { Replaceable } from '../client/replaceable.ts';
import type { Clock } from '../domain/clock.ts';
import { UnprovenChange } from '../domain/startup-problems.ts';

/** The way to TokenVault, which another certificate may replace while calls are under way. */
export class ReplaceableConnection
  implements
    Pick<
      TokenVaultConnection,
      | 'exchangeCode'
      | 'getAccessToken'
      | 'batchGetAccessTokens'
      | 'revokeUser'
      | 'getUser'
      | 'reachability'
      | 'close'
    >
{
  readonly #way: Replaceable<TokenVaultConnection>;

  constructor(first: TokenVaultConnection, clock: Clock) {
    this.#way = new Replaceable(first, clock);
  }

  exchangeCode(
    ...call: Parameters<TokenVaultConnection['exchangeCode']>
  ): ReturnType<TokenVaultConnection['exchangeCode']> {
    return this.#way.inUse.exchangeCode(...call);
  }

  getAccessToken(
    ...call: Parameters<TokenVaultConnection['getAccessToken']>
  ): ReturnType<TokenVaultConnection['getAccessToken']> {
    return this.#way.inUse.getAccessToken(...call);
  }

  batchGetAccessTokens(
    ...call: Parameters<TokenVaultConnection['batchGetAccessTokens']>
  ): ReturnType<TokenVaultConnection['batchGetAccessTokens']> {
    return this.#way.inUse.batchGetAccessTokens(...call);
  }

  revokeUser(
    ...call: Parameters<TokenVaultConnection['revokeUser']>
  ): ReturnType<TokenVaultConnection['revokeUser']> {
    return this.#way.inUse.revokeUser(...call);
  }

  getUser(
    ...call: Parameters<TokenVaultConnection['getUser']>
  ): ReturnType<TokenVaultConnection['getUser']> {
    return this.#way.inUse.getUser(...call);
  }

  reachability(): Reachability {
    return this.#way.inUse.reachability();
  }

  /** @throws UnprovenChange, and `next` is closed, where it proves to be no way */
  async prove(next: TokenVaultConnection): Promise<void> {
    if (await this.#way.proves(next)) return;
    throw new UnprovenChange([
      'gateway.token_vault_tls must name a certificate that TokenVault takes, and the authority of its own: it could not be reached with these.',
    ]);
  }

  /** Later calls take `next`. */
  take(next: TokenVaultConnection): void {
    this.#way.take(next);
  }

  close(): void {
    this.#way.close();
  }
}
