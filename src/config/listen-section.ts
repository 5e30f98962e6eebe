import { certificatesFile, type ReadFile } from './files.ts';
import { hostAndPort } from './network-names.ts';
import { required, section, withDefault } from './setting.ts';
import { checkPair, type TlsPair, tlsKeys } from './tls-keys.ts';

/** Where the gRPC service listens, and whom it believes. */
export interface ListenConfig {
  readonly address: string;
  /** `clientCa`: PEM of the authorities whose client certificates are taken. */
  readonly tls: TlsPair & { readonly clientCa: string };
}

/** The `listen` section. */
export function listenSection(readFile: ReadFile) {
  const tls = section({
    ...tlsKeys(readFile, { reloads: true }),
    client_ca_file: required(certificatesFile(readFile), {
      doc: 'Authorities that issue client certificates, PEM. A caller without one is refused.',
      file: 'public',
      reloads: true,
    }),
  });
  return section({
    address: withDefault(hostAndPort(), {
      default: '0.0.0.0:50051',
      doc: 'Where the gRPC service listens.',
    }),
    tls: tls.superRefine(checkPair).transform((files): ListenConfig['tls'] => ({
      cert: files.cert_file,
      key: files.key_file,
      clientCa: files.client_ca_file,
    })),
  });
}
