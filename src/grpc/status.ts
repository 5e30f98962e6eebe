import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import {
  type Any,
  BadRequest,
  ErrorInfo,
  PreconditionFailure,
  RequestInfo,
  RetryInfo,
} from 'nice-grpc-error-details';
import { Status } from 'nice-grpc-error-details/lib/proto/google/rpc/status.js';
import type { Failure } from '../domain/failure.ts';
import { NEED_ANOTHER_CALL, type Reason } from '../domain/reasons.ts';
import type { Duration } from '../gen/google/protobuf/duration.ts';

/** The gRPC status of every reason: the one place that decides it. */
export const STATUS_OF: Readonly<Record<Reason, status>> = {
  FIELD_INVALID: status.INVALID_ARGUMENT,
  CALLER_CREDENTIAL_INVALID: status.UNAUTHENTICATED,
  CALLER_NOT_ALLOWED: status.PERMISSION_DENIED,
  USER_NOT_CONNECTED: status.NOT_FOUND,
  USER_ALREADY_CONNECTED: status.ALREADY_EXISTS,
  USER_RECONSENT_REQUIRED: status.FAILED_PRECONDITION,
  USER_REVOKED: status.FAILED_PRECONDITION,
  REVOCATION_IN_PROGRESS: status.ABORTED,
  USER_REAUTH_REQUIRED: status.FAILED_PRECONDITION,
  ADMIN_POLICY_ENFORCED: status.FAILED_PRECONDITION,
  SCOPE_NOT_GRANTED: status.FAILED_PRECONDITION,
  SCOPE_NARROWING_FAILED: status.FAILED_PRECONDITION,
  CODE_REJECTED: status.FAILED_PRECONDITION,
  REDIRECT_URI_MISMATCH: status.FAILED_PRECONDITION,
  IDENTITY_MISSING: status.FAILED_PRECONDITION,
  REFRESH_TOKEN_MISSING: status.FAILED_PRECONDITION,
  USER_MISMATCH: status.FAILED_PRECONDITION,
  EXCHANGE_IN_PROGRESS: status.ABORTED,
  EXCHANGE_OUTCOME_UNKNOWN: status.ABORTED,
  PROVIDER_UNAVAILABLE: status.UNAVAILABLE,
  PROVIDER_RATE_LIMITED: status.UNAVAILABLE,
  PROVIDER_CLIENT_REJECTED: status.UNAVAILABLE,
  CLIENT_NOT_CONFIGURED: status.UNAVAILABLE,
  STORE_UNAVAILABLE: status.UNAVAILABLE,
  STORE_ACCESS_LOST: status.UNAVAILABLE,
  CONCURRENT_UPDATE: status.UNAVAILABLE,
  STORED_RECORD_CORRUPT: status.DATA_LOSS,
  CALLER_RATE_LIMITED: status.RESOURCE_EXHAUSTED,
  NOT_READY: status.UNAVAILABLE,
  INTERNAL: status.INTERNAL,
};

/** Reasons that say that the user's grant has ended. */
const GRANT_ENDED: ReadonlySet<Reason> = new Set(['USER_RECONSENT_REQUIRED', 'USER_REVOKED']);

/** A metadata value longer than this is cut at a space: clients bound the headers that they take. */
const MAX_METADATA_VALUE = 1_024;

/** What the caller of a failed call gets: the status and its google.rpc.Status details. */
export function statusOf(failure: Failure, requestId: string): StatusObject {
  const code = STATUS_OF[failure.reason];
  const details = detailsOf(failure, requestId);
  const metadata = new Metadata();
  const bytes = Status.encode(Status.fromPartial({ code, message: failure.message, details }));
  metadata.set('grpc-status-details-bin', Buffer.from(bytes.finish()));
  metadata.set('grpc-retry-pushback-ms', String(pushbackMs(failure)));
  return { code, details: failure.message, metadata };
}

function detailsOf(failure: Failure, requestId: string): Any[] {
  const { reason, message, violations } = failure;
  const retryDelay = retryDelayOf(failure);
  const metadata = metadataOf(failure);
  const details = [
    pack(ErrorInfo, { reason, domain: 'tokenvault', metadata }),
    pack(RequestInfo, { requestId }),
  ];
  if (retryDelay !== undefined) details.push(pack(RetryInfo, { retryDelay }));
  if (violations.length > 0) details.push(pack(BadRequest, { fieldViolations: [...violations] }));
  if (GRANT_ENDED.has(reason)) {
    const violation = { type: reason, subject: metadata.oauthClient ?? '', description: message };
    details.push(pack(PreconditionFailure, { violations: [violation] }));
  }
  return details;
}

/** The least wait before a retry; undefined where that cannot help. */
export function retryDelayOf({ retryAfterMs }: Failure): Duration | undefined {
  const ms = wholeMs(retryAfterMs);
  if (ms === undefined) return undefined;
  return { seconds: Math.floor(ms / 1_000), nanos: (ms % 1_000) * 1_000_000 };
}

/** What gRPC's own retries obey, which make the same call again: -1 forbids them. */
function pushbackMs({ reason, retryAfterMs }: Failure): number {
  return NEED_ANOTHER_CALL.has(reason) ? -1 : (wholeMs(retryAfterMs) ?? -1);
}

/** Waits that were worked out from a clock have fractions, which neither form of the wait takes. */
function wholeMs(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.max(0, Math.ceil(ms));
}

interface DetailType<Message, Fields> {
  readonly $type: string;
  fromPartial(fields: Fields): Message;
  encode(message: Message): { finish(): Uint8Array };
}

function pack<Message, Fields>(type: DetailType<Message, Fields>, fields: Fields): Any {
  const value = type.encode(type.fromPartial(fields)).finish();
  return { $type: 'google.protobuf.Any', typeUrl: `type.googleapis.com/${type.$type}`, value };
}

/** What is fixed for the reason, as callers are told it. */
export function metadataOf({ metadata }: Failure): Record<string, string> {
  const cut = (value: string) =>
    value.length <= MAX_METADATA_VALUE
      ? value
      : value.slice(0, MAX_METADATA_VALUE).replace(/ [^ ]*$/, '');
  return Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, cut(value)]));
}
