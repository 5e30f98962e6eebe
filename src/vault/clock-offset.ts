/** The `Date` of an answer counts whole seconds (RFC 9110 section 6.6.1). */
const RESOLUTION_MS = 1_000;

/** Milliseconds since the epoch: a request by our clock, and the answer by the server's. */
export interface DatedAnswer {
  readonly begunAt: number;
  readonly endedAt: number;
  readonly date: number;
}

/**
 * How far our clock is ahead of the server's at least, milliseconds; less than 0 behind. The answer
 * was dated somewhere between our two readings, so what a request takes is no offset.
 */
export function clockOffsetMs({ begunAt, endedAt, date }: DatedAnswer): number {
  const least = begunAt - date - RESOLUTION_MS;
  const most = endedAt - date;
  return Math.max(0, least) + Math.min(0, most);
}
