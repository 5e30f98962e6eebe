/** A time of the domain (milliseconds since the epoch) as generated messages hold it. */
export function toDate(time: number | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}
