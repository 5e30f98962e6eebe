/** What `audit verify` ends with where it has found something; all of it is said already. */
export class AuditNotWhole extends Error {
  /** 1 where somebody has had a hand in it, 3 where parts are missing that no process had to leave. */
  readonly exitCode: 1 | 3;

  constructor(exitCode: 1 | 3) {
    super('The audit is not whole.');
    this.name = 'AuditNotWhole';
    this.exitCode = exitCode;
  }
}

/** What it ends with where it has checked nothing: that must not look like a line that was edited. */
export class AuditNotVerified extends Error {
  /** Still to be said. */
  readonly why: unknown;

  constructor(why: unknown) {
    super('The audit was not checked.');
    this.name = 'AuditNotVerified';
    this.why = why;
  }
}
