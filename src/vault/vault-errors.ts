import { z } from 'zod';
import type { FailureCause } from '../domain/failure-cause.ts';
import type { VaultReply } from './vault-client.ts';

/** What an answer of Vault means for a request of ours. */
export type Verdict =
  | 'ok'
  /** There is no such record, or no version of it with data. */
  | 'absent'
  /** The check-and-set version is not the current one. */
  | 'conflict'
  /** 403: the token is dead, or its policy does not allow this; the body does not say which. */
  | 'denied'
  /** The mount is not there, or is no KV v2. */
  | 'misconfigured'
  /** Cannot serve now, and did nothing. */
  | 'unavailable'
  /** Cannot serve now; a write may have taken effect, or may still. */
  | 'unclear'
  /** A request that we should not have sent. */
  | 'refused';

interface Row {
  readonly statuses: readonly number[];
  /** Without it, the row is for every body that no row above it named. */
  readonly when?: (body: unknown) => boolean;
  readonly verdict: Verdict;
}

/** A standby's, to the node that it takes for the active one. */
const REDIRECTS: readonly number[] = [301, 302, 307, 308];

/**
 * Status and body of every answer that Vault and OpenBao give to KV v2 requests, the first row that
 * fits counts. The words are the same in both.
 * @see https://developer.hashicorp.com/vault/api-docs#http-status-codes
 */
const TABLE: readonly Row[] = [
  { statuses: [200, 204], verdict: 'ok' },
  { statuses: [404], when: hasNoWords, verdict: 'absent' },
  { statuses: [404], when: hasMetadata, verdict: 'absent' },
  // "no handler for route", the warning for a v1 path, or a page of something that is not Vault.
  { statuses: [404], verdict: 'misconfigured' },
  { statuses: [400], when: says('did not match the current version'), verdict: 'conflict' },
  // A KV v2 mount that was made a moment ago.
  { statuses: [400], when: says('from non-versioned'), verdict: 'unavailable' },
  { statuses: [403], verdict: 'denied' },
  // 412: eventual consistency of Vault Enterprise. 429: a quota, or a standby that lags behind.
  { statuses: [412, 429], verdict: 'unavailable' },
  // A standby that cannot forward. The redirect is not followed: the token would travel along.
  { statuses: REDIRECTS, verdict: 'unavailable' },
  { statuses: [501], verdict: 'unavailable' },
  { statuses: [503], when: says('is sealed'), verdict: 'unavailable' },
  { statuses: [500], when: says('value being too large'), verdict: 'refused' },
];

/** Any other 5xx leaves open what happened; any other 4xx is a mistake of ours. */
export function verdictOf(reply: VaultReply): Verdict {
  const row = TABLE.find(
    ({ statuses, when }) =>
      statuses.includes(reply.status) && (when === undefined || when(reply.body)),
  );
  return row?.verdict ?? (reply.status >= 500 ? 'unclear' : 'refused');
}

/** What an answer that is of no use says of Vault. */
export function causeOfReply({ status, body }: VaultReply): FailureCause {
  if (status === 503 && says('is sealed')(body)) return 'sealed';
  return REDIRECTS.includes(status) || says('active')(body) ? 'no_active_node' : 'error';
}

const errorBody = z.object({ errors: z.array(z.string()) });
const deletedBody = z.object({
  data: z.object({ metadata: z.object({ version: z.number().int().positive() }) }),
});

/** The version of a record whose data was deleted or destroyed; 0 where there never was one. */
export function absentVersion(body: unknown): number {
  const parsed = deletedBody.safeParse(body);
  return parsed.success ? parsed.data.data.metadata.version : 0;
}

function hasNoWords(body: unknown): boolean {
  const parsed = errorBody.safeParse(body);
  return (
    parsed.success && parsed.data.errors.length === 0 && !Object.hasOwn(Object(body), 'warnings')
  );
}

function hasMetadata(body: unknown): boolean {
  return absentVersion(body) > 0;
}

function says(words: string): (body: unknown) => boolean {
  return (body) => {
    const parsed = errorBody.safeParse(body);
    return parsed.success && parsed.data.errors.some((error) => error.includes(words));
  };
}
