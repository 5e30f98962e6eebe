import type { Chain, Link } from './chain.ts';

/** Lines that are written at once, and how the chain stands after each of them. */
export class Batch {
  readonly #chain: Chain;
  readonly #links: Link[];
  readonly #ends: number[];
  #text: string;

  /** @param before ends a line that was left unfinished, or nothing */
  constructor(chain: Chain, last: Link, before: string) {
    this.#chain = chain;
    this.#links = [last];
    this.#ends = [before.length];
    this.#text = before;
  }

  add(time: string, fields: string): void {
    const link = this.#chain.line(this.last, time, fields);
    this.#links.push(link);
    this.#text += link.text;
    this.#ends.push(this.#text.length);
  }

  get text(): string {
    return this.#text;
  }

  /** How the chain stands where all of it is written. */
  get last(): Link {
    return this.after(this.#links.length - 1);
  }

  /** How many lines are whole, but for the last one's end, where only so many bytes were written. */
  whole(bytes: number): number {
    const next = this.#ends.findIndex((end) => end > bytes + 1);
    return next === -1 ? this.#links.length - 1 : Math.max(next - 1, 0);
  }

  /** How the chain stands after so many lines. */
  after(lines: number): Link {
    const link = this.#links[lines];
    if (link === undefined) throw new RangeError('So many lines are not in the batch.');
    return link;
  }

  /** Where so many lines end, bytes. */
  end(lines: number): number {
    return this.#ends[lines] ?? this.#text.length;
  }
}
