import { certificatesIn, firstEnd } from '../../keys/pem.ts';
import { day } from '../certificate-facts.ts';
import { shownFindings, termFindings } from '../certificates.ts';
import type { Check } from '../check.ts';
import { authorityFindings } from '../client-authorities.ts';
import { type Finding, ok } from '../finding.ts';

/** What the port for certificates shows its callers, and whose certificates it takes. */
export const tlsCheck: Check = {
  area: 'tls',
  async run(context) {
    const now = context.clock.now();
    const { address, tls } = context.section('listen');
    const shown = { key: 'listen.tls.cert_file', pem: tls.cert, address };
    const authorities = { key: 'listen.tls.client_ca_file', pem: tls.clientCa };
    return [
      ...orGood(shown, shownFindings({ ...shown, addressKey: 'listen.address' }, now)),
      ...orGood(authorities, authorityFindings(authorities.key, authorities.pem, now)),
    ];
  },
};

/** What the port for tokens shows. */
export const tokenPortTlsCheck: Check = {
  area: 'tls',
  async run(context) {
    const { listen_jwt: forTokens } = context.config.sections;
    if (forTokens === undefined) return [];
    const { address, tls } = forTokens;
    const now = context.clock.now();
    const where = { address, addressKey: 'listen_jwt.address' };
    if (tls !== undefined) {
      const shown = { key: 'listen_jwt.tls.cert_file', pem: tls.cert };
      return orGood(shown, shownFindings({ ...shown, ...where }, now));
    }
    const shared = { key: 'listen.tls.cert_file', pem: context.section('listen').tls.cert };
    const findings = shownFindings({ ...shared, ...where }, now);
    // The rest is said of the port that has it.
    return findings.filter(({ id }) => id === 'tls.name_differs');
  },
};

/** What the service shows Vault. */
export const vaultTlsCheck: Check = {
  area: 'tls',
  async run(context) {
    const { client } = context.section('vault').tls;
    if (client === undefined) return [];
    const shown = { key: 'vault.client_cert_file', pem: client.cert };
    return orGood(shown, termFindings(shown.key, certificatesIn(shown.pem), context.clock.now()));
  },
};

/** What a gateway shows apps and TokenVault, and whom it believes to be TokenVault. */
export const gatewayTlsCheck: Check = {
  area: 'tls',
  async run({ gateway, clock }) {
    if (gateway === undefined) return [];
    const now = clock.now();
    const { address, tls, tokenVault } = gateway.section;
    const shown = { key: 'gateway.tls.cert_file', pem: tls.cert };
    const others = [
      { key: 'gateway.token_vault_tls.cert_file', pem: tokenVault.certPem },
      { key: 'gateway.token_vault_tls.ca_file', pem: tokenVault.caPem },
    ];
    return [
      ...orGood(shown, shownFindings({ ...shown, address, addressKey: 'gateway.address' }, now)),
      ...others.flatMap((file) =>
        orGood(file, termFindings(file.key, certificatesIn(file.pem), now)),
      ),
    ];
  },
};

function orGood(
  { key, pem }: { readonly key: string; readonly pem: string },
  findings: readonly Finding[],
): readonly Finding[] {
  if (findings.length > 0) return findings;
  return [ok('tls.good', `${key} is in order, until ${day(firstEnd(pem))}.`, key)];
}
