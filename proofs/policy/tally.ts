import type { DeniedBy } from '../../src/domain/caller-rights.ts';
import type { Rules } from './rules.ts';
import { expectedDenial, type Wish } from './wishes.ts';

/** What became of one call. */
export interface Ended {
  /** Empty where it went well. */
  readonly reason: string;
  readonly deniedBy?: string;
  /** Whose the token is that was handed out, and for what, as Google knows it. */
  readonly token?: TokenAtGoogle;
}

export interface TokenAtGoogle {
  readonly sub: string;
  readonly client: string;
  /** Canonical. */
  readonly scopes: readonly string[];
}

const MOST_SHOWN = 10;

/** Counts what calls came to, and everything that is not as the policy has it. */
export class Tally {
  readonly wrong: string[] = [];
  readonly denied = new Map<DeniedBy, number>();
  calls = 0;
  tokens = 0;

  /** @param rules of the policy that the call was made under */
  ended(wish: Wish, rules: Rules, { reason, deniedBy, token }: Ended): void {
    this.calls += 1;
    const expected = expectedDenial(wish, rules);
    const denied = reason === 'CALLER_NOT_ALLOWED' ? deniedBy : undefined;
    if (denied !== expected) {
      this.#wrong(wish, `denied by ${denied ?? 'nothing'} instead of ${expected ?? 'nothing'}`);
    }
    if (expected !== undefined) this.denied.set(expected, (this.denied.get(expected) ?? 0) + 1);
    if (reason === 'INTERNAL') this.#wrong(wish, 'a defect');
    if (token !== undefined) this.#handedOut(wish, rules, token);
  }

  #handedOut(wish: Wish, rules: Rules, token: TokenAtGoogle): void {
    this.tokens += 1;
    const { scopes: most } = rules.of[wish.caller];
    if (token.sub !== wish.user) this.#wrong(wish, `a token of ${token.sub}`);
    if (token.client !== wish.oauthClient) this.#wrong(wish, `a token for ${token.client}`);
    if (token.scopes.join(' ') !== wish.scopes.join(' ')) {
      this.#wrong(wish, `a token for the scopes ${token.scopes.join(' ')}`);
    }
    if (!token.scopes.every((scope) => most.includes(scope))) this.#wrong(wish, 'a wider token');
  }

  #wrong(wish: Wish, what: string): void {
    if (this.wrong.length < MOST_SHOWN) this.wrong.push(`${JSON.stringify(wish)}: ${what}`);
    else this.wrong[MOST_SHOWN] = 'and more';
  }

  get line(): string {
    const denials = [...this.denied].map(([by, times]) => `${times} by ${by}`).sort();
    return `${this.calls} calls, ${this.tokens} tokens handed out, denied: ${denials.join(', ')}`;
  }
}
