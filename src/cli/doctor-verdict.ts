/** What `doctor` ends with where it has found something; all of it is said already. */
export class NotHealthy extends Error {
  /** 1 where something is wrong, 3 where there are warnings alone. */
  readonly exitCode: 1 | 3;

  constructor(exitCode: 1 | 3) {
    super('Something was found.');
    this.name = 'NotHealthy';
    this.exitCode = exitCode;
  }
}
