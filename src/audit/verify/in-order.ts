/** A run of numbers, one a line. */
export interface Run {
  readonly first: { readonly seq: number };
  readonly lines: number;
}

/**
 * Which runs were moved: those outside of the largest part, by lines, that is in rising order. Takes
 * n log n, because whoever shuffles a file makes a run of each line.
 */
export function movedRuns<R extends Run>(runs: readonly R[]): readonly R[] {
  const ranks = new Map(
    [...new Set(runs.map(({ first }) => first.seq))]
      .sort((a, b) => a - b)
      .map((first, rank) => [first, rank + 1]),
  );
  const tree: Step<R>[] = [];
  let best: Step<R> | undefined;
  for (const run of runs) {
    const rank = ranks.get(run.first.seq) ?? 0;
    const before = mostBelow(tree, rank);
    const step = { run, before, lines: run.lines + (before?.lines ?? 0) };
    if (step.lines > (best?.lines ?? 0)) best = step;
    put(tree, { rank, most: ranks.size }, step);
  }
  const inPlace = new Set<R>();
  for (let step = best; step !== undefined; step = step.before) inPlace.add(step.run);
  return runs.filter((run) => !inPlace.has(run));
}

/** The last run of a part in rising order, and what is before it. */
interface Step<R> {
  readonly run: R;
  readonly before: Step<R> | undefined;
  readonly lines: number;
}

/** The largest part among ranks below `rank`; `tree` is a Fenwick tree of maxima. */
function mostBelow<R>(tree: readonly Step<R>[], rank: number): Step<R> | undefined {
  let most: Step<R> | undefined;
  for (let at = rank - 1; at > 0; at -= at & -at) {
    const step = tree[at];
    if (step !== undefined && step.lines > (most?.lines ?? 0)) most = step;
  }
  return most;
}

function put<R>(
  tree: Step<R>[],
  { rank, most }: { readonly rank: number; readonly most: number },
  step: Step<R>,
): void {
  for (let at = rank; at <= most; at += at & -at) {
    if (step.lines > (tree[at]?.lines ?? 0)) tree[at] = step;
  }
}
