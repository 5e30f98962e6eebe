/** Longer waits that Google asks for are cut to this, so that its mistake does not stop us for long. */
const LONGEST_MS = 600_000;

/**
 * `Retry-After` in milliseconds, from seconds or an HTTP date (RFC 9110 section 10.2.3).
 * @param now milliseconds since the epoch
 * @returns undefined where there is none, it cannot be read, or the time is over
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const wait = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : untilDate(header, now);
  return wait > 0 ? Math.min(wait, LONGEST_MS) : undefined;
}

function untilDate(header: string, now: number): number {
  return /^[A-Z][a-z]+, .* GMT$/.test(header) ? Date.parse(header) - now : Number.NaN;
}
