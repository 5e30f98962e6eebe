/** Bounds of the transport that no configuration changes; docs/limits.md lists all bounds. */
export const TRANSPORT_LIMITS = {
  /**
   * What HTTP/2 may hold for one connection; a connection that needs more gets no new stream. Calls
   * within their own limits need a tenth of it; refused ones that are never ended, all that they sent.
   */
  connectionMegabytes: 8,
  /** A connection without a call is asked to end after this, or up to a fifth later. */
  connectionIdleMs: 300_000,
  /** From the TCP connection to the end of the TLS handshake. */
  handshakeMs: 10_000,
  /** That a client shows: its own, and those up to an authority that is known here. */
  clientCertificates: 5,
} as const;

/** Bounds on what callers may send, hold open and wait for. */
export interface GrpcLimits {
  /** Calls that are served at a time; further ones are refused with NOT_READY. */
  readonly callsInFlight: number;
  /** Calls of one caller whose entry in the policy says nothing else. */
  readonly requestsPerSecond: number;
  /** Connections at a time; further ones are closed at once. */
  readonly connections: number;
  readonly streamsPerConnection: number;
  /** ±10 %, so that not all connections end at once. */
  readonly connectionAgeMs: number;
  readonly connectionAgeGraceMs: number;
  /** A request message, also after decompression. */
  readonly messageBytes: number;
  /** All headers of a call, counted as RFC 9113 section 6.5.2 does: names, values, 32 for each. */
  readonly metadataBytes: number;
  /** For calls whose caller set none. */
  readonly defaultDeadlineMs: number;
  /** What a longer deadline is cut to. */
  readonly maxDeadlineMs: number;
}

export type DeadlineLimits = Pick<GrpcLimits, 'defaultDeadlineMs' | 'maxDeadlineMs'>;

export const DEFAULT_GRPC_LIMITS: GrpcLimits = {
  callsInFlight: 20_000,
  requestsPerSecond: 5_000,
  connections: 1_000,
  streamsPerConnection: 100,
  connectionAgeMs: 1_800_000,
  connectionAgeGraceMs: 30_000,
  messageBytes: 65_536,
  metadataBytes: 8_192,
  defaultDeadlineMs: 10_000,
  maxDeadlineMs: 60_000,
};
