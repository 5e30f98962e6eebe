import { z } from 'zod';
import type { TokenIssuer } from '../domain/token-issuer.ts';
import { isPair } from '../keys/pem.ts';
import { certificatesFile, privateKeyFile, type ReadFile } from './files.ts';
import { hostAndPort, httpsUrl } from './network-names.ts';
import { text } from './scalars.ts';
import { optional, required, section, withDefault } from './setting.ts';
import type { TlsPair } from './tls-keys.ts';
import {
  algorithmList,
  audienceName,
  TOKEN_DEFAULTS,
  TOKEN_RULE_DOCS,
  tokenLife,
  typeList,
} from './token-rules.ts';

/** Where callers with bearer tokens are served, and whose tokens are believed. */
export interface ListenJwtConfig {
  readonly address: string;
  /** Default: that of the port for client certificates. */
  readonly tls?: TlsPair | undefined;
  readonly issuers: readonly TokenIssuer[];
}

const MOST_ISSUERS = 16;
const NO_LIST = `must be a list of 1 to ${MOST_ISSUERS} issuers, in a variable as JSON`;

/** The `listen_jwt` section; undefined where no issuer is configured. */
export function listenJwtSection(readFile: ReadFile) {
  return section({
    address: withDefault(hostAndPort(), {
      default: '0.0.0.0:50052',
      doc: 'Where the gRPC service listens for callers with bearer tokens, if `listen_jwt.issuers` names whose.',
    }),
    tls: section({
      cert_file: optional(certificatesFile(readFile), {
        doc: 'Certificate of that port with its chain, PEM. Without it: `listen.tls.cert_file`.',
        file: 'public',
        reloads: true,
      }),
      key_file: optional(privateKeyFile(readFile), {
        doc: 'Private key of that certificate, PEM, readable by this process alone.',
        file: 'secret',
        reloads: true,
      }),
    }),
    issuers: optional(issuers(readFile), {
      doc: 'Who issues tokens to your callers. Without any, this port stays closed.',
    }),
  }).transform(({ address, tls, issuers }, context): ListenJwtConfig | undefined => {
    const { cert_file: cert, key_file: key } = tls;
    const isGood = cert !== undefined && key !== undefined ? isPair(cert, key) : cert === key;
    if (!isGood) {
      const message = 'must name the private key of the certificate in cert_file';
      context.addIssue({ code: 'custom', path: ['tls', 'key_file'], message });
    }
    const pair = cert === undefined || key === undefined ? undefined : { cert, key };
    return issuers && { address, issuers, tls: pair };
  });
}

function issuers(readFile: ReadFile) {
  const message = () => NO_LIST;
  const keys = issuerKeys(readFile);
  const names = Object.keys(keys).join(', ');
  const entry = z
    .strictObject(keys, { error: () => `must have of the keys ${names}, and no other` })
    .transform(
      (issuer): TokenIssuer => ({
        issuer: issuer.issuer,
        audience: issuer.audience,
        jwksUri: issuer.jwks_uri,
        algorithms: issuer.algorithms,
        types: issuer.typ,
        maxLifeMs: issuer.max_life,
        caPem: issuer.ca_file,
        keysTokenFile: issuer.keys_token_file,
      }),
    );
  const entries = z.array(entry, { error: message }).min(1, { error: NO_LIST });
  const checked = entries.max(MOST_ISSUERS, { error: NO_LIST }).superRefine(refuseMistakes);
  return z.preprocess(fromVariable, checked);
}

function issuerKeys(readFile: ReadFile) {
  return {
    issuer: required(httpsUrl(), { doc: TOKEN_RULE_DOCS.issuer }),
    audience: required(audienceName(), { doc: TOKEN_RULE_DOCS.audience }),
    jwks_uri: optional(httpsUrl(), {
      doc: 'Where its keys are. Without it, `/.well-known/openid-configuration` below the issuer says so.',
    }),
    algorithms: withDefault(algorithmList(), {
      default: [...TOKEN_DEFAULTS.algorithms],
      doc: TOKEN_RULE_DOCS.algorithms,
    }),
    typ: withDefault(typeList(), { default: [...TOKEN_DEFAULTS.typ], doc: TOKEN_RULE_DOCS.typ }),
    max_life: withDefault(tokenLife(), {
      default: TOKEN_DEFAULTS.maxLife,
      doc: TOKEN_RULE_DOCS.maxLife,
    }),
    ca_file: optional(certificatesFile(readFile), {
      doc: 'Authorities of the server that has the keys, PEM. Without it: those that Node knows.',
      file: 'public',
    }),
    keys_token_file: optional(text(/^[^\0]{1,4096}$/, 'must name a file that holds one token'), {
      doc: 'File with a token to show at `jwks_uri`, where the keys are not for everybody. It is read for every fetch.',
    }),
  };
}

function refuseMistakes(issuers: readonly TokenIssuer[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  issuers.forEach(({ issuer, jwksUri, keysTokenFile }, index) => {
    if (seen.has(issuer)) {
      const message = 'must differ from those before: this issuer has an entry already';
      context.addIssue({ code: 'custom', path: [index, 'issuer'], message });
    }
    seen.add(issuer);
    if (keysTokenFile === undefined || jwksUri !== undefined) return;
    const message =
      'must be set where keys_token_file is: the token is shown there and nowhere else';
    context.addIssue({ code: 'custom', path: [index, 'jwks_uri'], message });
  });
}

function fromVariable(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    // The schema says what it has to be; the parser would quote it.
    return undefined;
  }
}
