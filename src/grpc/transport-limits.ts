/** Bounds of the transport that no configuration changes; docs/limits.md lists them. */
export const TRANSPORT_LIMITS = {
  /** A request message, also after decompression. */
  messageBytes: 65_536,
  /** All headers of a call, counted as RFC 9113 section 6.5.2 does: names, values, 32 for each. */
  metadataBytes: 8_192,
  /** For calls whose caller set none. */
  defaultDeadlineMs: 10_000,
  /** What a longer deadline is cut to. */
  maxDeadlineMs: 60_000,
  streamsPerConnection: 100,
  /** What HTTP/2 may hold for one connection; a connection that needs more gets no new stream. */
  connectionMegabytes: 32,
  /** A connection without a call is asked to end after this. */
  connectionIdleMs: 300_000,
  /** ±10 %, so that not all connections end at once. */
  connectionAgeMs: 1_800_000,
  connectionAgeGraceMs: 30_000,
  /** From the TCP connection to the end of the TLS handshake. */
  handshakeMs: 10_000,
} as const;

/** Bounds that depend on the machine, so that the configuration has them. */
export interface GrpcLimits {
  /** Calls that are served at a time; further ones are refused with NOT_READY. */
  readonly callsInFlight: number;
  /** Connections at a time; further ones are closed at once. */
  readonly connections: number;
}

export const DEFAULT_GRPC_LIMITS: GrpcLimits = { callsInFlight: 20_000, connections: 1_000 };
