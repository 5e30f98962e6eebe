/** Why a process refuses to start: every problem at once, each one sentence that says what to do. */
export class StartupProblems extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'StartupProblems';
    this.problems = problems;
  }
}

/** Of a change that a trial did not prove now, and may prove a moment later. */
export class UnprovenChange extends StartupProblems {}
