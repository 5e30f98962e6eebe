/** One line of the real code, broken on purpose. */
export interface Mutant {
  /** What the line no longer does. */
  readonly name: string;
  /** Below `src/`. */
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Where a revoke must meet trouble at one moment of many: only such worlds are searched. */
  readonly inDuels?: true;
}
