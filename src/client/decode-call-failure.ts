import { type Metadata, status } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo, RequestInfo, RetryInfo } from 'nice-grpc-error-details';
import { Status } from 'nice-grpc-error-details/lib/proto/google/rpc/status.js';
import { REASONS, type Reason } from '../domain/reasons.ts';
import { connectionProblemOf } from './connection-problem.ts';
import { TokenVaultError, type TokenVaultErrorOptions } from './token-vault-error.ts';

/** What grpc-js says of a failed call, as far as it is read here. */
export interface FailedCall {
  readonly code: number;
  readonly metadata?: Metadata;
  readonly details?: string;
}

/**
 * Reads the `google.rpc.Status` that travels in the trailer `grpc-status-details-bin`. The gRPC
 * error itself is dropped: its texts may come from anywhere on the way.
 */
export function decodeCallFailure(failed: FailedCall): TokenVaultError {
  const code = status[failed.code] ?? 'UNKNOWN';
  const details = detailsOf(failed.metadata);
  if (details.requestId !== undefined) return new TokenVaultError({ code, ...details });
  const { details: words = '' } = failed;
  const connection = NO_CONNECTION.has(failed.code) ? connectionProblemOf(words) : undefined;
  return new TokenVaultError({ code, ...details, connection, sent: !NEVER_SENT.test(words) });
}

/** Words of grpc-js in the details of a status that it made before it wrote anything of the call. */
const NEVER_SENT =
  /^(?:No connection established|Name resolution failed|Channel closed before call started|Getting metadata from plugin failed|Deadline exceeded.*Waiting for LB pick)/;

/** What grpc-js ends a call with that found no connection. */
const NO_CONNECTION: ReadonlySet<number> = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED]);

type Details = Omit<TokenVaultErrorOptions, 'code'>;

function detailsOf(metadata: Metadata | undefined): Details {
  const [bytes] = metadata?.get('grpc-status-details-bin') ?? [];
  if (!Buffer.isBuffer(bytes)) return {};
  try {
    return Object.assign({}, ...Status.decode(bytes).details.map(readDetail));
  } catch {
    // Not from TokenVault, or broken on the way: the status code still tells what happened.
    return {};
  }
}

function readDetail(detail: { readonly typeUrl: string; readonly value: Uint8Array }): Details {
  const { typeUrl, value } = detail;
  switch (typeUrl.slice(typeUrl.lastIndexOf('/') + 1)) {
    case ErrorInfo.$type:
      return readErrorInfo(ErrorInfo.decode(value));
    case RequestInfo.$type:
      return { requestId: RequestInfo.decode(value).requestId };
    case RetryInfo.$type: {
      const delay = RetryInfo.decode(value).retryDelay;
      return delay === undefined
        ? {}
        : { retryAfterMs: delay.seconds * 1000 + delay.nanos / 1_000_000 };
    }
    case BadRequest.$type:
      return {
        violations: BadRequest.decode(value).fieldViolations.map(({ field, description }) => ({
          field,
          description,
        })),
      };
    default:
      return {};
  }
}

function readErrorInfo(info: ErrorInfo): Details {
  if (info.domain !== 'tokenvault') return {};
  return { reason: isReason(info.reason) ? info.reason : undefined, metadata: info.metadata };
}

export function isReason(name: string): name is Reason {
  return Object.hasOwn(REASONS, name);
}
