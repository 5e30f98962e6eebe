/** `:method POST` and `:scheme https` of the static table (RFC 7541 appendix A). */
const METHOD_AND_SCHEME = [0x83, 0x87];
/** Indexes of names in the static table. */
const PATH = 4;
const AUTHORITY = 1;
/** Where the dynamic table begins, with the newest entry (RFC 7541 section 2.3.3). */
const NEWEST = 62;

/** The header block of a connection's first request, and of all later ones. */
export interface RequestHeaders {
  readonly first: Buffer;
  readonly later: Buffer;
}

/**
 * A gRPC request's headers. The first block puts each of them into the connection's table and later
 * ones only point there, as gRPC libraries do it, so that a server's work is that of real calls.
 */
export function requestHeaders(path: string): RequestHeaders {
  const stored = [
    [PATH, ...text(path)],
    [AUTHORITY, ...text('localhost')],
    ...[
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
      ['user-agent', 'tokenvault-bench'],
      ['grpc-timeout', '30S'],
    ].map(([name = '', value = '']) => [0, ...text(name), ...text(value)]),
  ];
  const literals = stored.flatMap(([name = 0, ...rest]) => [0x40 | name, ...rest]);
  const oldest = NEWEST + stored.length - 1;
  const pointers = stored.map((_, index) => 0x80 | (oldest - index));
  return {
    first: Buffer.from([...METHOD_AND_SCHEME, ...literals]),
    later: Buffer.from([...METHOD_AND_SCHEME, ...pointers]),
  };
}

/** A string without Huffman coding; all of ours are shorter than 127 bytes. */
function text(value: string): number[] {
  return [value.length, ...Buffer.from(value)];
}
