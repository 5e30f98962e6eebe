import type { Random } from './random.ts';

const SANE = /^[A-Za-z0-9._-]{1,64}$/;

/** The caller's own request id where it is sane, else a new one: it goes into logs and answers. */
export function requestIdFrom(sent: unknown, random: Random): string {
  return typeof sent === 'string' && SANE.test(sent) ? sent : random.id();
}
