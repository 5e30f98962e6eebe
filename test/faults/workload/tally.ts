/** Counts by two names. */
export class Tally {
  readonly #counts = new Map<string, Map<string, number>>();

  add(kind: string, outcome: string, times = 1): void {
    const outcomes = this.#counts.get(kind) ?? new Map<string, number>();
    this.#counts.set(kind, outcomes);
    outcomes.set(outcome, this.count(kind, outcome) + times);
  }

  count(kind: string, outcome: string): number {
    return this.#counts.get(kind)?.get(outcome) ?? 0;
  }

  get total(): number {
    return this.rows().reduce((sum, [, , count]) => sum + count, 0);
  }

  /** By kind, the most frequent outcome first. */
  rows(): readonly (readonly [kind: string, outcome: string, count: number])[] {
    return [...this.#counts.keys()]
      .sort()
      .flatMap((kind) =>
        [...(this.#counts.get(kind) ?? [])]
          .sort(([, a], [, b]) => b - a)
          .map(([outcome, count]) => [kind, outcome, count] as const),
      );
  }
}
