import { X509Certificate } from 'node:crypto';

/** The certificates in a PEM file, which the configuration has checked already. */
export function certificatesIn(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** The day on which the first of them ends. */
export function firstEnd(pem: string): string {
  return day(Math.min(...certificatesIn(pem).map(({ validTo }) => Date.parse(validTo))));
}

/** One line of printable characters, whatever the certificate says. */
export function certificateName({ subject, serialNumber }: X509Certificate): string {
  const name = subject?.replaceAll('\n', ', ').replace(/[^ -~]/g, '?');
  return name === undefined || name === '' ? `number ${serialNumber}` : `“${name}”`;
}

/** Of a time in milliseconds since the epoch, in UTC. */
export function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
