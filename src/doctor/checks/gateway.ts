import { X509Certificate } from 'node:crypto';
import type { Config } from '../../config/config-sections.ts';
import type { GatewaySection } from '../../config/gateway-section.ts';
import type { Caller } from '../../domain/caller.ts';
import { dnsCallerId } from '../../domain/caller-matcher.ts';
import { splitHostPort } from '../../domain/host-port.ts';
import { entryOf } from '../../domain/policy-entry.ts';
import type { RpcName } from '../../domain/rpc-name.ts';
import type { Check } from '../check.ts';
import { connectionRemedy } from '../connection-remedy.ts';
import { dialHttp2 } from '../dial.ts';
import { error, type Finding, ok, warning } from '../finding.ts';

const IDENTITY = 'gateway.token_vault_tls.cert_file';
const TRUST = 'name its authority in `gateway.token_vault_tls.ca_file`.';
/** All that a gateway does. */
const NEEDED: RpcName = 'ExchangeCode';

/** Whether TokenVault is there for the gateway, at each of its addresses, and takes its certificate. */
export const gatewayWayCheck: Check = {
  area: 'gateway',
  async run({ gateway }) {
    if (gateway === undefined) return [];
    const { tokenVault } = gateway.section;
    return Promise.all(tokenVault.addresses.map((address) => wayTo(address, tokenVault)));
  },
};

async function wayTo(
  address: string,
  { caPem, certPem, keyPem, serverName }: GatewaySection['tokenVault'],
): Promise<Finding> {
  const { host, port } = splitHostPort(address);
  const end = await dialHttp2({
    host,
    port: Number(port),
    serverName,
    tls: { ca: caPem, cert: certPem, key: keyPem.reveal() },
  });
  const about = address;
  if (end.kind === 'taken') {
    return ok('gateway.reaches', `TokenVault at ${address} takes the gateway.`, about);
  }
  if (end.kind === 'failed') {
    return error({
      id: 'gateway.unreachable',
      about,
      text: `The gateway cannot reach TokenVault at ${address} (${end.code}).`,
      remedy: connectionRemedy(end.code, TRUST),
    });
  }
  return error({
    id: 'gateway.refused',
    about,
    text: `TokenVault at ${address} does not take the certificate in ${IDENTITY} (${end.code}).`,
    remedy:
      'Have it issued for clients, by an authority in the `listen.tls.client_ca_file` of TokenVault.',
  });
}

/** Who holds the gateway, which everybody can reach, holds its rights: they have to be these alone. */
export const gatewayRightsCheck: Check = {
  area: 'gateway',
  async run(context) {
    if (context.gateway === undefined) return [];
    const caller = callerOf(context.gateway.section, context.section('listen'));
    if (caller === undefined) {
      return [
        notAllowed(
          `The certificate in ${IDENTITY} does not say who the gateway is.`,
          'Have it issued with one URI name, a SPIFFE ID of `listen.trust_domain`.',
        ),
      ];
    }
    const entry = entryOf(context.section('policy').callers, caller);
    if (entry?.rpcs.has(NEEDED) !== true) {
      return [
        notAllowed(
          `The policy does not let the gateway, ${caller.id}, call ${NEEDED}.`,
          `Give it an entry with ${NEEDED} and nothing else, in the file of \`policy.file\`.`,
        ),
      ];
    }
    const { oauthClient } = context.gateway.section;
    if (!entry.oauthClients.has(oauthClient)) {
      return [
        notAllowed(
          `The policy does not let the gateway, ${caller.id}, use the OAuth client \`${oauthClient}\`, which its codes are for.`,
          `Add \`${oauthClient}\` to the \`oauth_clients\` of its entry, in the file of \`policy.file\`.`,
        ),
      ];
    }
    const more = [...entry.rpcs].filter((rpc) => rpc !== NEEDED);
    if (more.length === 0) {
      return [ok('gateway.allowed', `The gateway, ${caller.id}, may call ${NEEDED} alone.`)];
    }
    return [
      warning({
        id: 'gateway.too_wide',
        about: caller.id,
        text: `The gateway, ${caller.id}, may also call ${more.join(', ')}: whoever breaks into it may too.`,
        remedy: `Leave ${NEEDED} alone in its \`rpcs\`, in the file of \`policy.file\`.`,
      }),
    ];
  },
};

function notAllowed(text: string, remedy: string): Finding {
  return error({ id: 'gateway.not_allowed', about: IDENTITY, text, remedy });
}

/** The name that TokenVault would know it by; undefined where it has none, or several. */
function callerOf(
  { tokenVault }: GatewaySection,
  { trustDomain, dnsNames }: Config['listen'],
): Caller | undefined {
  const names = new X509Certificate(tokenVault.certPem).subjectAltName?.split(', ') ?? [];
  const named = (type: string) =>
    names.filter((name) => name.startsWith(type)).map((name) => name.slice(type.length));
  const [uri, ...otherUris] = named('URI:');
  if (uri !== undefined) {
    const isOurs = otherUris.length === 0 && uri.startsWith(`spiffe://${trustDomain}/`);
    return isOurs ? { id: uri, proof: 'spiffe' } : undefined;
  }
  const [dns, ...others] = named('DNS:');
  if (dns === undefined || others.length > 0 || !dnsNames) return undefined;
  return { id: dnsCallerId(dns.toLowerCase()), proof: 'dns' };
}
