const TIME =
  /^(?<day>\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Whether `text` is a time as RFC 3339 section 5.6 writes it, on a day that exists; T and Z are large. */
export function isRfc3339(text: string): boolean {
  const day = TIME.exec(text)?.groups?.day;
  if (day === undefined) return false;
  const midnight = new Date(`${day}T00:00:00Z`);
  // `Date` takes 30 February for 2 March.
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}
