/** Something else that is found elsewhere keeps a check from running. */
export class CannotCheck extends Error {
  /** A sentence. */
  readonly because: string;

  constructor(because: string) {
    super(because);
    this.name = 'CannotCheck';
    this.because = because;
  }
}
