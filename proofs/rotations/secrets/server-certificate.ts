import { readFile } from 'node:fs/promises';
import { loadCertificateAuthority } from '../../../src/dev/certificates.ts';
import type { AppWorld } from '../../../test/support/app-world.ts';
import { putFile } from '../put-file.ts';
import type { RotatedSecret } from '../rotated-secret.ts';

const NAMES = ['localhost', '127.0.0.1'];
const EXPIRED_MS = -60_000;

/** Certificate, key and the authorities of callers, which the service shows and asks for. */
export async function serverCertificate({ certificates }: AppWorld): Promise<RotatedSecret> {
  const { caFile, server } = certificates;
  const cert = await readFile(caFile, 'utf8');
  const key = await readFile(caFile.replace(/\.pem$/, '-key.pem'), 'utf8');
  const authority = await loadCertificateAuthority({ cert, key });
  const put = async (pair: { readonly cert: string; readonly key: string }) => {
    await putFile(server.keyFile, pair.key);
    await putFile(server.certFile, pair.cert);
  };
  const wrongs: readonly (() => Promise<void>)[] = [
    async () => putFile(server.certFile, (await authority.issueServer(NAMES)).cert),
    async () => put(await authority.issue({ dns: NAMES, serverAuth: true, lifeMs: EXPIRED_MS })),
    () => putFile(server.keyFile, '-----BEGIN PRIVATE KEY-----\nhalf of'),
    () => putFile(server.certFile, ''),
  ];
  return {
    name: 'server certificate',
    taken: { event: 'config_taken', fields: { part: 'listen.tls' } },
    refused: { event: 'config_refused', fields: { part: 'listen.tls' } },
    rotate: async () => put(await authority.issueServer(NAMES)),
    spoil: async (turn) => wrongs[turn % wrongs.length]?.(),
  };
}
