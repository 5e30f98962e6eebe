/** Of keys of an issuer that are used no more. */
export interface ClosedKeys {
  /** Whether other keys are fetched from the same issuer: whether that works still counts. */
  readonly issuerStays?: boolean;
  /** The connections are kept until then; nobody is told of the keys any more. */
  readonly after?: Promise<unknown>;
}
