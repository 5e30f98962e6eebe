import type { CallerRights } from './caller-rights.ts';

/** How a caller proved who it is. */
export type CallerProof = 'spiffe' | 'dns' | 'jwt';

/** Who calls, as the transport proved it. */
export interface Caller {
  /** What policy, limits, logs and audit know it by: the SPIFFE ID; `dns:NAME`; `ISSUER SUBJECT` of a token (one space: neither may hold one). */
  readonly id: string;
  readonly proof: CallerProof;
  /** Of a bearer token: issuer and the verified claims, for the policy. */
  readonly token?: { readonly issuer: string; readonly claims: Readonly<Record<string, unknown>> };
}

/** What a use case knows of the call that it serves. */
export interface CallContext {
  readonly caller: Caller;
  /** What the policy lets the caller do; the call ends on what it began with. */
  readonly rights: CallerRights;
  readonly requestId: string;
  /** When the caller stops waiting, on the monotonic clock, milliseconds. */
  readonly deadline: number;
}
