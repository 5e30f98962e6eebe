/** Who calls, as the transport proved it. */
export interface Caller {
  /** The SPIFFE ID, or another name that the policy knows. */
  readonly id: string;
}

/** What a use case knows of the call that it serves. */
export interface CallContext {
  readonly caller: Caller;
  readonly requestId: string;
  /** When the caller stops waiting, on the monotonic clock, milliseconds. */
  readonly deadline: number;
}
