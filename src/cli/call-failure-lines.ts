import type { ConnectionProblem } from '../client/connection-problem.ts';
import type { TokenVaultError } from '../client/token-vault-error.ts';
import { REASONS } from '../domain/reasons.ts';

/** What a status means that the gRPC library made by itself, so that it carries no reason. */
const LIBRARY_STATUSES: Readonly<Record<string, string>> = {
  UNAVAILABLE:
    'TokenVault cannot be reached: check its address, the certificates and that it runs.',
  DEADLINE_EXCEEDED: 'No answer came in time: the call may have taken effect.',
  UNIMPLEMENTED: 'This TokenVault does not have the method: it may be older than this command.',
};

/** Of a call that never left; each says what to look at. */
const CONNECTION_PROBLEMS: Readonly<Record<ConnectionProblem, string>> = {
  HOST_UNKNOWN: 'No host has the name in the address of TokenVault: correct it.',
  NOTHING_LISTENS:
    'Nothing listens at the address of TokenVault: check host and port, and that it runs.',
  NETWORK_UNREACHABLE: 'The network does not lead to the address of TokenVault: check both.',
  SERVER_NAME_DIFFERS:
    'The certificate of the server is for another name than the one in the address: call it by a name in its certificate.',
  SERVER_NOT_TRUSTED:
    'The certificate of the server is not trusted: check the CA file, and that the certificate is in date.',
  NO_TLS: 'What listens at the address of TokenVault does not speak TLS: check the port.',
  HANDSHAKE_REFUSED:
    'The server refused the TLS handshake: check that it takes client certificates of your authority, that yours is in date, and the port.',
  CONNECTING_TIMED_OUT:
    'No connection came about in time, so nothing was sent: check the address and what is between.',
};

/** A failed call for a reader: the status and what it means, then one line per detail. */
export function callFailureLines(failure: TokenVaultError): readonly string[] {
  const { code, reason, metadata, retryAfterMs, requestId, violations } = failure;
  return [
    reason === undefined
      ? `${code}: ${withoutReason(failure)}`
      : `${code} ${reason}: ${REASONS[reason].message}`,
    ...violations.map(({ field, description }) => `  ${field}: ${description}`),
    ...Object.entries(metadata).map(([name, value]) => `  ${name}: ${value}`),
    ...(retryAfterMs === undefined ? [] : [`  retry after: ${retryAfterMs / 1000} s`]),
    ...(requestId === undefined ? [] : [`  request id: ${requestId}`]),
  ];
}

function withoutReason({ code, connection }: TokenVaultError): string {
  if (connection !== undefined) return CONNECTION_PROBLEMS[connection];
  return LIBRARY_STATUSES[code] ?? 'The call failed without details.';
}
