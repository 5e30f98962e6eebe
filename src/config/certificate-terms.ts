import type { X509Certificate } from 'node:crypto';
import type { Metrics } from '../domain/metrics.ts';
import { certificatesIn, firstEnd, lastEnd } from '../keys/pem.ts';
import { ConfigProblems } from './config-problems.ts';
import type { Config, GatewayConfig } from './config-sections.ts';

/** A file of certificates that a process uses. */
export interface CertificateFile {
  /** Of the configuration. */
  readonly key: string;
  readonly pem: string;
  /** Shown as a server, shown as a client, or trusted. */
  readonly use: 'server' | 'client' | 'authorities';
}

/** Those that a service shows its callers and Vault, and the authorities that it trusts. */
export function certificatesOfService({
  listen,
  listen_jwt: forTokens,
  vault,
}: Pick<Config, 'listen' | 'listen_jwt' | 'vault'>): readonly CertificateFile[] {
  const tokens = forTokens?.tls?.cert;
  const { client, watchedCaPem } = vault.tls;
  return [
    { key: 'listen.tls.cert_file', pem: listen.tls.cert, use: 'server' },
    { key: 'listen.tls.client_ca_file', pem: listen.tls.clientCa, use: 'authorities' },
    ...(tokens === undefined
      ? []
      : [{ key: 'listen_jwt.tls.cert_file', pem: tokens, use: 'server' } as const]),
    ...(watchedCaPem === undefined
      ? []
      : [{ key: 'vault.ca_file', pem: watchedCaPem, use: 'authorities' } as const]),
    ...(client === undefined
      ? []
      : [{ key: 'vault.client_cert_file', pem: client.cert, use: 'client' } as const]),
  ];
}

export function certificatesOfGateway({
  gateway: { tls, tokenVault },
}: Pick<GatewayConfig, 'gateway'>): readonly CertificateFile[] {
  return [
    { key: 'gateway.tls.cert_file', pem: tls.cert, use: 'server' },
    { key: 'gateway.token_vault_tls.cert_file', pem: tokenVault.certPem, use: 'client' },
    { key: 'gateway.token_vault_tls.ca_file', pem: tokenVault.caPem, use: 'authorities' },
  ];
}

/** Those that are not in use yet: one that is, and has ended meanwhile, keeps no other back. */
export function changedFiles(
  files: readonly CertificateFile[],
  inUse: readonly CertificateFile[],
): readonly CertificateFile[] {
  return files.filter(({ key, pem }) => !inUse.some((one) => one.key === key && one.pem === pem));
}

/**
 * Nobody would believe who shows such a certificate, or be believed where only such authorities are.
 * @throws ConfigProblems
 */
export function refuseUnusable(files: readonly CertificateFile[], now: number): void {
  const problems = files.flatMap(({ key, pem, use }) => {
    const problem = problemOf(certificatesIn(pem), use, now);
    return problem === undefined ? [] : [{ key, sentence: `${key} must name ${problem}.` }];
  });
  if (problems.length > 0) throw new ConfigProblems(problems);
}

/**
 * Writes down how long each file's certificates are good yet. A chain ends with the first of them;
 * authorities are good while the one that follows the others is there.
 */
export function setExpiryGauges(
  files: readonly CertificateFile[],
  now: number,
  metrics: Metrics,
): void {
  for (const { key: certificate, pem, use } of files) {
    const end = use === 'authorities' ? lastEnd(pem) : firstEnd(pem);
    const seconds = (end - now) / 1_000;
    metrics.set('tokenvault_certificate_expires_seconds', seconds, { certificate });
  }
}

/** Extended key usages (RFC 5280, 4.2.1.12). */
export const PURPOSES = {
  server: { oid: '1.3.6.1.5.5.7.3.1', name: 'serverAuth' },
  client: { oid: '1.3.6.1.5.5.7.3.2', name: 'clientAuth' },
};

function problemOf(
  certificates: readonly X509Certificate[],
  use: CertificateFile['use'],
  now: number,
): string | undefined {
  const [own] = certificates;
  if (own === undefined) return undefined;
  if (use === 'authorities') {
    const inForce = certificates.some((one) => termProblem(one, now) === undefined);
    return inForce ? undefined : 'at least one authority in force';
  }
  const term = termProblem(own, now);
  if (term !== undefined) return `a certificate in force; this one ${term}`;
  const { oid, name } = PURPOSES[use];
  // One that says nothing of its purpose is good for any.
  if (own.keyUsage?.includes(oid) === false) return `a certificate with the purpose ${name}`;
  const named = /(?:^|, )(?:DNS|IP Address):/.test(own.subjectAltName ?? '');
  return use === 'client' || named ? undefined : 'a certificate with a DNS name or an IP address';
}

function termProblem({ validFrom, validTo }: X509Certificate, now: number): string | undefined {
  const [start, end] = [Date.parse(validFrom), Date.parse(validTo)];
  if (end <= now) return `expired on ${dayOf(end)}`;
  if (start > now) return `begins on ${dayOf(start)}: check the clock too`;
  return undefined;
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
