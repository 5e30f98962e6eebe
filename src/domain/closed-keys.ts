/** Of keys of an issuer that are used no more. */
export interface ClosedKeys {
  /** Whether other keys are fetched from the same issuer: whether that works still counts. */
  readonly issuerStays?: boolean;
}
