import type { LeafOptions } from '../../../src/dev/certificates.ts';
import type { AppWorld } from '../../../test/support/app-world.ts';
import type { RotatedSecret } from '../rotated-secret.ts';
import { tlsPair } from '../tls-pair.ts';

export const ON_LOOPBACK: LeafOptions = {
  dns: ['localhost'],
  ips: ['127.0.0.1'],
  serverAuth: true,
};

/** Certificate and key that the service shows its callers. */
export function serverCertificate(world: AppWorld): Promise<RotatedSecret> {
  return tlsPair(world, {
    name: 'server certificate',
    part: 'listen.tls',
    files: world.certificates.server,
    leaf: ON_LOOPBACK,
  });
}
