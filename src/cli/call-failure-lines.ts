import type { CallFailure } from '../client/call-failure.ts';
import { REASONS } from '../domain/reasons.ts';

/** What a status means that the gRPC library made by itself, so that it carries no reason. */
const LIBRARY_STATUSES: Readonly<Record<string, string>> = {
  UNAVAILABLE:
    'TokenVault cannot be reached: check its address, the certificates and that it runs.',
  DEADLINE_EXCEEDED: 'No answer came in time: the call may have taken effect.',
  UNIMPLEMENTED: 'This TokenVault does not have the method: it may be older than this command.',
};

/** A failed call for a reader: the status and what it means, then one line per detail. */
export function callFailureLines(failure: CallFailure): readonly string[] {
  const { code, reason, metadata, retryAfterMs, requestId, violations } = failure;
  const headline =
    reason === undefined
      ? `${code}: ${LIBRARY_STATUSES[code] ?? 'The call failed without details.'}`
      : `${code} ${reason}: ${REASONS[reason].message}`;
  return [
    headline,
    ...violations.map(({ field, description }) => `  ${field}: ${description}`),
    ...Object.entries(metadata).map(([name, value]) => `  ${name}: ${value}`),
    ...(retryAfterMs === undefined ? [] : [`  retry after: ${retryAfterMs / 1000} s`]),
    ...(requestId === undefined ? [] : [`  request id: ${requestId}`]),
  ];
}
