import type { Cancel, Clock } from '../../domain/clock.ts';
import type { Secret } from '../../domain/secret.ts';
import type { AskVault } from './login-method.ts';
import { revokeSelf } from './token-requests.ts';

export interface RetiringDeps {
  readonly clock: Clock;
  readonly ask: AskVault;
  /** After this every request has ended, also one that shows a token of before. */
  readonly requestTimeoutMs: number;
}

/** Tokens of before, each of which is ended when no request can show it any more. */
export class RetiringTokens {
  readonly #deps: RetiringDeps;
  readonly #ends = new Map<Secret, Cancel>();

  constructor(deps: RetiringDeps) {
    this.#deps = deps;
  }

  add(token: Secret): void {
    const { clock, ask, requestTimeoutMs } = this.#deps;
    const end = () => {
      this.#ends.delete(token);
      void revokeSelf(ask, token);
    };
    this.#ends.set(token, clock.schedule(requestTimeoutMs, end));
  }

  /** Ends them now. */
  async endAll(): Promise<void> {
    const tokens = [...this.#ends.keys()];
    for (const cancel of this.#ends.values()) cancel();
    this.#ends.clear();
    await Promise.all(tokens.map((token) => revokeSelf(this.#deps.ask, token)));
  }
}
