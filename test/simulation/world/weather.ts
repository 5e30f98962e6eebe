import type { Dice } from './dice.ts';

/** How often something goes wrong on the way, each from 0 to 1. */
export interface Chances {
  /** The request never arrives. */
  readonly requestLost: number;
  /** It arrives, and the answer does not. */
  readonly answerLost: number;
  /** It is slow on the way there or back: from a moment to longer than anybody waits. */
  readonly slow: number;
  /** The other side answers that it cannot now: before or after it has acted. */
  readonly refused: number;
}

export const CALM: Chances = { requestLost: 0, answerLost: 0, slow: 0, refused: 0 };

/** Longest ordinary time on the way, milliseconds. */
const USUAL_MS = 3;

/** The next few messages of one kind that are held up on one way. */
export interface Hold {
  /** Fits the process's name, and the method and path, or the operation, of the request. */
  readonly kind: RegExp;
  readonly way: 'there' | 'back';
  readonly ms: number;
  left: number;
}

/** What becomes of messages. It can change while they travel. */
export class Weather {
  chances: Chances;
  hold: Hold | undefined;
  readonly #dice: Dice;

  constructor(chances: Chances, dice: Dice) {
    this.chances = chances;
    this.#dice = dice;
  }

  /** What happens to one request. */
  fate(): 'arrives' | 'request-lost' | 'answer-lost' | 'refused' | 'refused-after' {
    const { requestLost, answerLost, refused } = this.chances;
    const drawn = this.#dice.unit();
    if (drawn < requestLost) return 'request-lost';
    if (drawn < requestLost + answerLost) return 'answer-lost';
    if (drawn < requestLost + answerLost + refused) {
      return this.#dice.chance(0.5) ? 'refused' : 'refused-after';
    }
    return 'arrives';
  }

  /** One of two, for what chance alone decides. */
  isEven(): boolean {
    return this.#dice.chance(0.5);
  }

  /** Time of one way, milliseconds. */
  travel(what: string, way: 'there' | 'back'): number {
    const { hold } = this;
    if (hold !== undefined && hold.left > 0 && hold.way === way && hold.kind.test(what)) {
      hold.left -= 1;
      return hold.ms;
    }
    if (!this.#dice.chance(this.chances.slow)) return this.#dice.unit() * USUAL_MS;
    return this.#dice.unit() * this.#dice.pick([20, 200, 900, 1_200, 2_500, 8_000]);
  }
}
