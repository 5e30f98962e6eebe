/** What is said of a piece of work; never a user, a key, a token or a text of others. */
export type TraceAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** A call that came in. */
export interface TracedCall {
  /** What is asked for: an RPC with its service, or a method and a route. */
  readonly name: string;
  /** W3C Trace Context, as the caller sent it. Nothing, or nonsense, begins a trace. */
  readonly traceparent: string | undefined;
  /** Whether the caller decides what is recorded: only one that is proved by now. Else chance does. */
  readonly callerDecides: boolean;
  readonly attributes: TraceAttributes;
}

/** The work on one call, which may be recorded or not. */
export interface CallSpan {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** For a call that is made in the name of this one. */
  readonly traceparent: string;
  /** Requests that `work` makes, also later, belong to this call; what its timers begin does not. */
  run<T>(work: () => T): T;
  /** Once. `failed` where it is our fault, or that of what we depend on. */
  end(attributes: TraceAttributes, failed: boolean): void;
}

/** A request to Google, to Vault or for the keys of an issuer that has come to its end. */
export interface TracedRequest {
  readonly target:
    | 'google_token'
    | 'google_probe'
    | 'google_revoke'
    | 'google_certs'
    | 'vault'
    | 'issuer_keys';
  /** What was asked, in fixed words. */
  readonly operation?: string;
  /** As in `tokenvault_upstream_seconds`. */
  readonly outcome: string;
  readonly seconds: number;
}

/** Where calls leave their traces. Nobody waits for it, and it throws nothing. */
export interface Traces {
  begin(call: TracedCall): CallSpan;
  /** Of a request that ended in this moment. Recorded only where it was made for a recorded call. */
  note(request: TracedRequest): void;
}
