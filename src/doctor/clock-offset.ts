/** How far a `Date` header, which drops fractions of a second, is ahead of `now`, milliseconds. */
export function aheadOf(date: number, now: number): number {
  return date + 500 - now;
}
