import type { AppWorld } from '../../../test/support/app-world.ts';
import type { RotatedSecret } from '../rotated-secret.ts';
import { tlsPair } from '../tls-pair.ts';
import { ON_LOOPBACK } from './server-certificate.ts';

/** Certificate and key that the gateway shows apps. */
/** @param process which reads them */
export function gatewayCertificate(world: AppWorld, process: string): Promise<RotatedSecret> {
  return tlsPair(world, {
    name: 'gateway certificate',
    processes: [process],
    part: 'gateway.tls',
    files: world.certificates.gatewayServer,
    leaf: ON_LOOPBACK,
  });
}
