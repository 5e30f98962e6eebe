import { certificatesFile, type ReadFile } from './files.ts';
import { hostAndPort } from './network-names.ts';
import { text, yesOrNo } from './scalars.ts';
import { optional, required, section, withDefault } from './setting.ts';
import { checkPair, type TlsPair, tlsKeys } from './tls-keys.ts';

/** Where the gRPC service listens, and whom it believes. */
export interface ListenConfig {
  readonly address: string;
  /** Of the SPIFFE IDs in client certificates that name a caller. */
  readonly trustDomain?: string | undefined;
  /** Whether DNS names of client certificates name callers. */
  readonly dnsNames: boolean;
  /** `clientCa`: PEM of the authorities whose client certificates are taken. */
  readonly tls: TlsPair & { readonly clientCa: string };
}

/** The `listen` section. */
export function listenSection(readFile: ReadFile) {
  const tls = section({
    ...tlsKeys(readFile),
    client_ca_file: required(certificatesFile(readFile), {
      doc: 'Authorities that issue client certificates, PEM. A caller without one is refused.',
      file: 'public',
      reloads: true,
    }),
  });
  return section({
    address: withDefault(hostAndPort(), {
      default: '0.0.0.0:50051',
      doc: 'Where the gRPC service listens for callers with client certificates.',
    }),
    trust_domain: optional(text(/^[a-z0-9._-]{1,255}$/, 'must be a SPIFFE trust domain'), {
      doc: 'Trust domain of your callers, such as example.org: a certificate whose one URI name is spiffe://example.org/… names its caller by it. Needed unless `listen.dns_names` is true.',
    }),
    dns_names: withDefault(yesOrNo(), {
      default: false,
      doc: 'Whether a certificate without URI names, and with one DNS name, names its caller by that: dns:NAME.',
    }),
    tls: tls.superRefine(checkPair).transform((files): ListenConfig['tls'] => ({
      cert: files.cert_file,
      key: files.key_file,
      clientCa: files.client_ca_file,
    })),
  }).transform((keys, context): ListenConfig => {
    const { address, trust_domain: trustDomain, dns_names: dnsNames, tls } = keys;
    if (trustDomain === undefined && !dnsNames) {
      const message = 'must name the trust domain of your callers, or listen.dns_names be true';
      context.addIssue({ code: 'custom', path: ['trust_domain'], message });
    }
    return { address, trustDomain, dnsNames, tls };
  });
}
