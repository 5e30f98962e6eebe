import { X509Certificate } from 'node:crypto';
import { ConfigProblems } from './config-problems.ts';
import type { Config, GatewayConfig } from './config-sections.ts';

/** PEM by the key that names its file. */
type Certificates = Readonly<Record<string, string>>;

/** Those that a service shows its callers. */
export function certificatesOfService({
  listen,
  listen_jwt: forTokens,
}: Pick<Config, 'listen' | 'listen_jwt'>): Certificates {
  return {
    'listen.tls.cert_file': listen.tls.cert,
    ...(forTokens?.tls && { 'listen_jwt.tls.cert_file': forTokens.tls.cert }),
  };
}

/** Those that a gateway shows apps and TokenVault. */
export function certificatesOfGateway({ gateway }: Pick<GatewayConfig, 'gateway'>): Certificates {
  return {
    'gateway.tls.cert_file': gateway.tls.cert,
    'gateway.token_vault_tls.cert_file': gateway.tokenVault.certPem,
  };
}

/**
 * Nobody believes who shows an expired certificate.
 * @throws ConfigProblems
 */
export function refuseExpired(certificates: Certificates, now: number): void {
  const problems = Object.entries(certificates).flatMap(([key, pem]) => {
    const end = Date.parse(new X509Certificate(pem).validTo);
    if (end > now) return [];
    const day = new Date(end).toISOString().slice(0, 10);
    return [
      { key, sentence: `${key} must name a certificate in force; this one expired on ${day}.` },
    ];
  });
  if (problems.length > 0) throw new ConfigProblems(problems);
}
