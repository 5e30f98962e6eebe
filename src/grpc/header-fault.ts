import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { Failure } from '../domain/failure.ts';
import { statusHeaders, trailersOnly } from './refused-stream.ts';
import { statusOf } from './status.ts';
import { isTimeout } from './timeout-header.ts';
import type { GrpcLimits } from './transport-limits.ts';

/** Why a call is refused by its headers alone. */
export type HeaderFault =
  | 'method'
  | 'content_type'
  | 'path'
  | 'metadata_size'
  | 'metadata'
  | 'timeout';

const CONTENT_TYPE = /^application\/grpc(?:\+proto)?(?:;|$)/;
const PATH = /^\/[\w.]+\/\w+$/;
/** Base64 with or without padding, several values joined by commas. */
const BINARY = /^[A-Za-z0-9+/]*={0,2}(?:, ?[A-Za-z0-9+/]*={0,2})*$/;
const PRINTABLE = /^[ -~]*$/;
/** RFC 9113 section 6.5.2. */
const FIELD_OVERHEAD = 32;

type HeaderLimits = Pick<GrpcLimits, 'metadataBytes'>;

/** What is wrong with the headers of a call. It looks at nothing that a proper client sends. */
export function headerFault(
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
  limits: HeaderLimits,
): HeaderFault | undefined {
  if (headers[':method'] !== 'POST') return 'method';
  if (!CONTENT_TYPE.test(headers['content-type'] ?? '')) return 'content_type';
  if (!PATH.test(headers[':path'] ?? '')) return 'path';
  const timeout = headers['grpc-timeout'];
  if (timeout !== undefined && !isTimeout(String(timeout))) return 'timeout';
  return metadataFault(rawHeaders, limits.metadataBytes);
}

function metadataFault(rawHeaders: readonly string[], most: number): HeaderFault | undefined {
  let bytes = 0;
  let credentials = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    bytes += name.length + value.length + FIELD_OVERHEAD;
    if (bytes > most) return 'metadata_size';
    if (name.endsWith('-bin') && !BINARY.test(value)) return 'metadata';
    if (name === 'authorization') {
      // grpc-js prints what it cannot read of it.
      if (!PRINTABLE.test(value)) return 'metadata';
      credentials += 1;
    }
  }
  // Two could be read differently by two readers.
  return credentials > 1 ? 'metadata' : undefined;
}

/** The answer to such a call: headers that end its stream. Nothing that was sent is repeated. */
export function refusalHeaders(
  fault: HeaderFault,
  requestId: string,
  limits: HeaderLimits,
): OutgoingHttpHeaders {
  switch (fault) {
    case 'method':
      return { ':status': 405, allow: 'POST' };
    case 'content_type':
      return { ':status': 415 };
    case 'path':
      return trailersOnly(status.UNIMPLEMENTED, 'There is no such method.');
    case 'metadata_size': {
      const limit = `${limits.metadataBytes} bytes`;
      return trailersOnly(status.RESOURCE_EXHAUSTED, `The metadata is larger than ${limit}.`);
    }
    case 'timeout':
      return invalid('grpc-timeout', 'be 1 to 8 digits and one of H, M, S, m, u and n', requestId);
    case 'metadata':
      return invalid(
        '',
        'hold base64 in -bin metadata, and one printable authorization at most',
        requestId,
      );
  }
}

function invalid(field: string, must: string, requestId: string): OutgoingHttpHeaders {
  const what = field === '' ? 'The call must' : 'The header must';
  const violations = [{ field, description: `${what} ${must}.` }];
  return statusHeaders(statusOf(new Failure('FIELD_INVALID', { violations }), requestId));
}
