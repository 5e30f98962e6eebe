/** So many letters may be wrong for each that a name has; one may always be. */
const WRONG_SHARE = 0.3;

/** The one of `known` that `name` most likely was meant to be; undefined where none is close. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let closest: { readonly candidate: string; readonly edits: number } | undefined;
  for (const candidate of known) {
    const edits = editsBetween(name.toLowerCase(), candidate.toLowerCase());
    if (
      edits <= Math.max(1, candidate.length * WRONG_SHARE) &&
      edits < (closest?.edits ?? Infinity)
    ) {
      closest = { candidate, edits };
    }
  }
  return closest?.candidate;
}

/** Letters to insert, remove or replace: the Levenshtein distance, one row at a time. */
function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (let column = 0; column < to.length; column += 1) {
      const replaced = (row[column] ?? 0) + (to[column] === letter ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
