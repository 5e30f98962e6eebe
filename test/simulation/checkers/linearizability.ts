/** Something that took effect at one instant between `from` and `to`, or perhaps never. */
export interface Step<State> {
  readonly name: string;
  /** Both in the order of events; an open end is infinite. */
  readonly from: number;
  readonly to: number;
  /** Whether it may also never take effect, as a call may that was answered with an error. */
  readonly optional: boolean;
  /** Whether it never changes the state, whatever that is. */
  readonly isRead: boolean;
  /** Optional steps of one group do the same, and none of them has an end: any stands for all. */
  readonly group?: string;
  /** The state that follows, or undefined where the step cannot have happened in `state`. */
  readonly apply: (state: State) => State | undefined;
}

export interface Model<State> {
  readonly initial: State;
  /** Equal states have equal texts. */
  readonly textOf: (state: State) => string;
}

/** A search that comes this far is given up: nobody knows then. */
const MOST_STATES = 200_000;

/**
 * Searches an order of `steps` in which each takes effect between its beginning and its end, one after
 * the other: depth first, never twice in the same state after the same steps.
 * @returns the steps that could be ordered at best, and whether these are all that had to be; also
 *   where there were too many orders to try
 * @see Wing and Gong, Testing and Verifying Concurrent Objects (1993), section 4
 */
export function linearize<State>(
  model: Model<State>,
  steps: readonly Step<State>[],
): { readonly ok: boolean; readonly longest: readonly string[] } {
  const search = new Search(model, steps);
  return { ok: search.from(model.initial, []), longest: search.longest };
}

class Search<State> {
  longest: readonly string[] = [];
  readonly #model: Model<State>;
  readonly #steps: readonly Step<State>[];
  readonly #seen = new Set<string>();
  readonly #done: boolean[];
  readonly #byBegin: readonly number[];

  constructor(model: Model<State>, steps: readonly Step<State>[]) {
    this.#model = model;
    this.#steps = steps;
    this.#done = steps.map(() => false);
    const begin = (index: number) => steps[index]?.from ?? 0;
    this.#byBegin = steps.map((_, index) => index).sort((a, b) => begin(a) - begin(b));
  }

  from(state: State, order: readonly number[]): boolean {
    if (order.length > this.longest.length) {
      this.longest = order.map((index) => this.#steps[index]?.name ?? '');
    }
    if (this.#steps.every(({ optional }, index) => optional || this.#done[index])) return true;
    const key = `${this.#done.map(Number).join('')} ${this.#model.textOf(state)}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    if (this.#seen.size > MOST_STATES) return true;
    const nexts = this.#candidates(order).flatMap((index) => {
      const step = this.#steps[index];
      const next = step?.apply(state);
      return step === undefined || next === undefined ? [] : [{ index, step, next }];
    });
    // A read never does harm by coming as soon as it can.
    const reading = nexts.find(({ step }) => step.isRead);
    const tried = reading === undefined ? nexts : [reading];
    return tried.some(({ index, next }) => {
      this.#done[index] = true;
      if (this.from(next, [...order, index])) return true;
      this.#done[index] = false;
      return false;
    });
  }

  /** Steps that may come next: none that had to is over before they began. */
  #candidates(order: readonly number[]): readonly number[] {
    const left = this.#byBegin.filter((index) => this.#done[index] === false);
    const ofEach = (index: number) => this.#steps[index] ?? NOTHING;
    const required = left.map(ofEach).filter(({ optional }) => !optional);
    const nextEnd = Math.min(...required.map(({ to }) => to));
    const lastBegin = Math.max(...order.map((index) => ofEach(index).from));
    const groups = new Set<string>();
    return left.filter((index) => {
      const { from, to, group } = ofEach(index);
      if (from >= nextEnd || to <= lastBegin) return false;
      if (group === undefined) return true;
      // Of one group the first to begin leaves most to the others.
      const isFirst = !groups.has(group);
      groups.add(group);
      return isFirst;
    });
  }
}

const NOTHING: Pick<Step<never>, 'from' | 'to' | 'optional' | 'group'> = {
  from: 0,
  to: 0,
  optional: true,
};
