import type { Random } from '../domain/random.ts';

const SANE = /^[A-Za-z0-9._-]{1,64}$/;

/** The caller's own request id where it is sane, else a new one: it goes into logs and headers. */
export function requestIdFrom(header: string | readonly string[] | undefined, random: Random) {
  return typeof header === 'string' && SANE.test(header) ? header : random.id();
}
