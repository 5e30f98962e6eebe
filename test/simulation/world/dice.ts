import { SeededNumbers } from '../../support/seeded-numbers.ts';

const WHOLE = 2 ** 32;

/** All chance of a run, from its seed. */
export class Dice {
  readonly #numbers: SeededNumbers;

  constructor(seed: number) {
    this.#numbers = new SeededNumbers(seed);
  }

  /** From 0 to below 1. */
  unit(): number {
    return this.#numbers.below(WHOLE) / WHOLE;
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return this.#numbers.below(end);
  }

  /** A number from `low` to below `high`. */
  between(low: number, high: number): number {
    return low + this.unit() * (high - low);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<Value>(values: readonly [Value, ...Value[]]): Value {
    return this.#numbers.pick(values);
  }

  /** One of any list; undefined of an empty one. */
  any<Value>(values: readonly Value[]): Value | undefined {
    return values[this.below(Math.max(1, values.length))];
  }

  /** 128 bits, as 32 hex digits. */
  id(): string {
    const word = () => this.#numbers.below(WHOLE).toString(16).padStart(8, '0');
    return word() + word() + word() + word();
  }
}
