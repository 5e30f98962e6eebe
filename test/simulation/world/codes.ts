import { type ExchangeFields, nameOf } from './callers.ts';
import type { Dice } from './dice.ts';
import { GRANTED } from './scopes.ts';
import type { MadeCode, SimGoogle } from './sim-google.ts';

/** A code that somebody exchanges, or tries to. */
export interface UsedCode {
  readonly made: MadeCode;
  readonly fields: ExchangeFields;
}

export interface CodesDeps {
  readonly dice: Dice;
  readonly google: SimGoogle;
  readonly users: readonly [string, ...string[]];
}

/** The codes of a crowd, and what is sent along with each. */
export class Codes {
  readonly #deps: CodesDeps;
  readonly #used: UsedCode[] = [];

  constructor(deps: CodesDeps) {
    this.#deps = deps;
  }

  get all(): readonly UsedCode[] {
    return this.#used;
  }

  make(user: string, oauthClient: string): UsedCode {
    const { dice, google } = this.#deps;
    const made = google.makeCode({ user, oauthClient }, dice.pick(GRANTED));
    const caller = `spiffe://sim.example/gateway-${dice.below(2)}`;
    const expected = dice.chance(0.1) ? dice.pick([user, 'somebody-else']) : undefined;
    const fields = {
      caller,
      ...(expected && { expectedUserId: expected }),
      ...(dice.chance(0.3) && this.#nameFor(user)),
    };
    const used = { made, fields };
    this.#used.push(used);
    return used;
  }

  /** One of the newest again: honestly, or with something else than before. */
  again(): UsedCode | undefined {
    const { dice } = this.#deps;
    const used = dice.any(this.#used.slice(-3));
    if (used === undefined) return undefined;
    const other = { ...used.fields, externalUserId: 'another' };
    return { made: used.made, fields: dice.chance(0.75) ? used.fields : other };
  }

  /** The user's own name mostly, or somebody else's. */
  #nameFor(user: string): Pick<ExchangeFields, 'externalUserId' | 'rebindExternalUser'> {
    const { dice, users } = this.#deps;
    const externalUserId = nameOf(dice.chance(0.6) ? user : dice.pick(users));
    return { externalUserId, ...(dice.chance(0.4) && { rebindExternalUser: true }) };
  }
}
