import { AsyncLocalStorage } from 'node:async_hooks';
import type { TokenVaultConnection } from '../../client/connect.ts';
import { TokenVaultError } from '../../client/token-vault-error.ts';
import { providerRevocationToJSON, userStateToJSON } from '../../gen/tokenvault/v1/token_vault.ts';
import type { DevCaller } from '../certificate-files.ts';

/** A request that somebody made, for the page to show: without codes, tokens and keys. */
export interface WireCall {
  readonly from: string;
  readonly to: string;
  /** The RPC, or method and path. */
  readonly what: string;
  readonly sent: object;
  readonly got: object;
  /** `OK`, or the reason why not. */
  readonly ended: string;
  readonly tookMs: number;
}

export type Asked = Pick<WireCall, 'from' | 'to' | 'what' | 'sent'>;

/** Writes down what goes over the wire while something is done. */
export class Journal {
  readonly #pages = new AsyncLocalStorage<WireCall[]>();

  /** @returns what was written down during `work` and all that it began */
  async of(work: () => Promise<void>): Promise<readonly WireCall[]> {
    const page: WireCall[] = [];
    await this.#pages.run(page, work);
    return page;
  }

  /** The same connection, with its calls written down. */
  over(connection: TokenVaultConnection, from: DevCaller): TokenVaultConnection {
    const asked = (what: string, sent: object) => ({ from, to: 'TokenVault', what, sent });
    return {
      ...connection,
      getUser: (request, terms) =>
        this.#ask(
          asked('GetUser', { externalUserId: request.externalUserId }),
          () => connection.getUser(request, terms),
          ({ user }) => ({ userId: user?.userId, state: user && userStateToJSON(user.state) }),
        ),
      getAccessToken: (request, terms) => {
        const { userId, scopes, rejectedTokenSha256 } = request;
        const hint = rejectedTokenSha256.length === 0 ? {} : { rejectedTokenSha256: REJECTED };
        return this.#ask(
          asked('GetAccessToken', { userId, scopes, ...hint }),
          () => connection.getAccessToken(request, terms),
          (token) => ({ ...token, accessToken: `ya29.… (stays in ${from})` }),
        );
      },
      revokeUser: (request, terms) =>
        this.#ask(
          asked('RevokeUser', { userId: request.userId, reason: request.reason }),
          () => connection.revokeUser(request, terms),
          ({ providerRevocation, effectiveTime }) => ({
            providerRevocation: providerRevocationToJSON(providerRevocation),
            effectiveTime,
          }),
        ),
    };
  }

  /** A call to TokenVault, which may refuse. `show` says what of the answer may be seen. */
  async #ask<T>(asked: Asked, make: () => Promise<T>, show: (answer: T) => object): Promise<T> {
    const began = performance.now();
    try {
      const answer = await make();
      this.add(asked, { began, got: show(answer), ended: 'OK' });
      return answer;
    } catch (error) {
      if (error instanceof TokenVaultError) this.add(asked, { began, ...refusal(error) });
      throw error;
    }
  }

  /** Writes down a request that has ended. */
  add(asked: Asked, { began, got, ended }: Answered): void {
    const tookMs = Math.round(performance.now() - began);
    this.#pages.getStore()?.push({ ...asked, got, ended, tookMs });
  }
}

export interface Answered extends Pick<WireCall, 'got' | 'ended'> {
  /** By `performance.now()`. */
  readonly began: number;
}

const REJECTED = '(of the token that Drive answers with 401)';

function refusal({ code, reason, metadata }: TokenVaultError): Pick<WireCall, 'got' | 'ended'> {
  const more = Object.keys(metadata).length === 0 ? {} : { metadata };
  return { got: { status: code, reason, ...more }, ended: reason ?? code };
}
