/**
 * A command line, variable or named file that makes no sense: a line with one sentence for each
 * problem, which says what to do instead.
 */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
