import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CertificateAuthority,
  type CertificatePair,
  createCertificateAuthority,
  loadCertificateAuthority,
} from './certificates.ts';

const RENEW_BEFORE_MS = 86_400_000;
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1'];

/** Of the callers of development. */
export const DEV_TRUST_DOMAIN = 'dev.tokenvault.example';

/** The callers that development knows; each has a client certificate. */
export const DEV_CALLERS = ['gateway', 'drive-worker', 'account-service', 'operator'] as const;
export type DevCaller = (typeof DEV_CALLERS)[number];

/** The identity that the certificate of `caller` proves. */
export function devSpiffeId(caller: DevCaller): string {
  return `spiffe://${DEV_TRUST_DOMAIN}/${caller}`;
}

/** Where one pair is kept. */
export interface PairFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Where everything is kept; all of it was issued by the one authority in `caFile`. */
export interface DevCertificates {
  readonly caFile: string;
  /** TokenVault's own, for loopback names. */
  readonly server: PairFiles;
  /** The gateway's public one, for loopback names. */
  readonly gatewayServer: PairFiles;
  readonly clients: Readonly<Record<DevCaller, PairFiles>>;
}

/**
 * Makes the certificates of development under `directory`, readable by their owner alone. What is
 * there already stays, unless it ends within a day, is damaged or is of another authority.
 */
export async function ensureDevCertificates(directory: string): Promise<DevCertificates> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const authority = await ensureAuthority(pairFiles(directory, 'ca'));
  const ensure = async (name: string, issue: () => Promise<CertificatePair>) => {
    const files = pairFiles(directory, name);
    const kept = await readPair(files);
    if (kept === undefined || !isUsable(kept, authority.cert))
      await writePair(files, await issue());
    return files;
  };
  const issueServer = () => authority.issueServer(LOOPBACK_NAMES);
  const client = (caller: DevCaller) =>
    ensure(caller, () => authority.issueClient(devSpiffeId(caller)));
  return {
    caFile: pairFiles(directory, 'ca').certFile,
    server: await ensure('server', issueServer),
    gatewayServer: await ensure('gateway-server', issueServer),
    clients: {
      gateway: await client('gateway'),
      'drive-worker': await client('drive-worker'),
      'account-service': await client('account-service'),
      operator: await client('operator'),
    },
  };
}

async function ensureAuthority(files: PairFiles): Promise<CertificateAuthority> {
  const kept = await readPair(files);
  if (kept !== undefined && isUsable(kept, kept.cert)) return loadCertificateAuthority(kept);
  const authority = await createCertificateAuthority('TokenVault development CA');
  await writePair(files, authority);
  return authority;
}

function pairFiles(directory: string, name: string): PairFiles {
  return { certFile: join(directory, `${name}.pem`), keyFile: join(directory, `${name}-key.pem`) };
}

async function readPair(files: PairFiles): Promise<CertificatePair | undefined> {
  try {
    return {
      cert: await readFile(files.certFile, 'utf8'),
      key: await readFile(files.keyFile, 'utf8'),
    };
  } catch {
    // Absent or unreadable is the same here: a new pair replaces it, or the write says why not.
    return undefined;
  }
}

function isUsable(pair: CertificatePair, authorityCert: string): boolean {
  try {
    const certificate = new X509Certificate(pair.cert);
    return (
      certificate.validToDate.getTime() - Date.now() > RENEW_BEFORE_MS &&
      certificate.checkPrivateKey(createPrivateKey(pair.key)) &&
      certificate.verify(new X509Certificate(authorityCert).publicKey)
    );
  } catch {
    // A file cut short by a crash does not parse: it is replaced like one that has expired.
    return false;
  }
}

async function writePair(files: PairFiles, pair: CertificatePair): Promise<void> {
  await writeWhole(files.keyFile, pair.key);
  await writeWhole(files.certFile, pair.cert);
}

/** A reader sees the old file or the new one, never half of it. */
async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, file);
}
