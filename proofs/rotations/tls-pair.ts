import { readFile } from 'node:fs/promises';
import type { PairFiles } from '../../src/dev/certificate-files.ts';
import {
  type CertificatePair,
  createCertificateAuthority,
  type LeafOptions,
  loadCertificateAuthority,
} from '../../src/dev/certificates.ts';
import type { AppWorld } from '../../test/support/app-world.ts';
import { putFile } from './put-file.ts';
import type { RotatedSecret } from './rotated-secret.ts';

const EXPIRED_MS = -60_000;

export interface TlsPairOptions extends Pick<RotatedSecret, 'name' | 'processes'> {
  /** Of the configuration: it names the files. */
  readonly part: string;
  readonly files: PairFiles;
  /** What each certificate says. */
  readonly leaf: LeafOptions;
  /** Whether somebody looks at who issued it, before it is in use. */
  readonly issuerCounts?: boolean;
}

/** A certificate and its key in files, from the authority that everybody in the world knows. */
export async function tlsPair(
  { certificates: { caFile } }: AppWorld,
  { name, processes, part, files, leaf, issuerCounts = false }: TlsPairOptions,
): Promise<RotatedSecret> {
  const cert = await readFile(caFile, 'utf8');
  const key = await readFile(caFile.replace(/\.pem$/, '-key.pem'), 'utf8');
  const authority = await loadCertificateAuthority({ cert, key });
  const stranger = await createCertificateAuthority('nobody knows it');
  const put = async (pair: CertificatePair) => {
    await putFile(files.keyFile, pair.key);
    await putFile(files.certFile, pair.cert);
  };
  const wrongs: readonly (() => Promise<void>)[] = [
    async () => putFile(files.certFile, (await authority.issue(leaf)).cert),
    async () => put(await authority.issue({ ...leaf, lifeMs: EXPIRED_MS })),
    () => putFile(files.keyFile, '-----BEGIN PRIVATE KEY-----\nhalf of'),
    () => putFile(files.certFile, ''),
    ...(issuerCounts ? [async () => put(await stranger.issue(leaf))] : []),
  ];
  return {
    name,
    ...(processes && { processes }),
    taken: { event: 'config_taken', fields: { part } },
    refused: { event: 'config_refused', fields: { part } },
    rotate: async () => put(await authority.issue(leaf)),
    spoil: async (turn) => wrongs[turn % wrongs.length]?.(),
  };
}
