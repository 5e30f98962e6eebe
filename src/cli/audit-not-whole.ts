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
