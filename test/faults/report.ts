import type { BrokenPromise } from './history/histories.ts';
import type { Tally } from './workload/tally.ts';

export interface Result {
  readonly minutes: number;
  readonly seed: number;
  readonly operations: Tally;
  readonly faults: Tally;
  readonly users: number;
  readonly violations: readonly BrokenPromise[];
}

/** What a run did and found, for a person. */
export function report(result: Result): string {
  const { operations, faults, violations } = result;
  const found = violations.map(({ user, checker, what }) => `  ${user}: ${checker}: ${what}`);
  return [
    `Seed ${result.seed}, ${result.minutes} min, ${result.users} users`,
    '',
    `Operations: ${operations.total}`,
    ...table(operations.rows().map(([kind, outcome, count]) => [kind, outcome, String(count)])),
    '',
    `Faults: ${faults.total}`,
    ...table(faults.rows().map(([kind, , count]) => [kind, String(count)])),
    '',
    `Violations: ${violations.length}`,
    ...found,
  ].join('\n');
}

/** The last column to the right, the others to the left. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === columns - 1 ? cell.padStart(width) : cell.padEnd(width);
    });
    return `  ${cells.join('  ')}`;
  });
}
