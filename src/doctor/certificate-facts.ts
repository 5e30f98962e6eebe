import type { X509Certificate } from 'node:crypto';

/** One line of printable characters, whatever the certificate says. */
export function certificateName({ subject, serialNumber }: X509Certificate): string {
  const name = subject?.replaceAll('\n', ', ').replace(/[^ -~]/g, '?');
  return name === undefined || name === '' ? `number ${serialNumber}` : `“${name}”`;
}

/** Of a time in milliseconds since the epoch, in UTC. */
export function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
