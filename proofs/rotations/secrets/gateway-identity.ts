import { devSpiffeId } from '../../../src/dev/certificate-files.ts';
import type { AppWorld } from '../../../test/support/app-world.ts';
import type { RotatedSecret } from '../rotated-secret.ts';
import { tlsPair } from '../tls-pair.ts';

/** Certificate and key that the gateway shows TokenVault, which has to take them. */
/** @param process which reads them */
export function gatewayIdentity(world: AppWorld, process: string): Promise<RotatedSecret> {
  return tlsPair(world, {
    name: 'identity of the gateway',
    processes: [process],
    part: 'gateway.token_vault_tls',
    files: world.certificates.clients.gateway,
    leaf: { uris: [devSpiffeId('gateway')], clientAuth: true },
    issuerCounts: true,
  });
}
