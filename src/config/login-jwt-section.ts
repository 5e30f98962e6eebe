import { z } from 'zod';
import type { TokenIssuer } from '../domain/token-issuer.ts';
import { certificatesFile, contentsOf, type ReadFile } from './files.ts';
import { httpsUrl } from './network-names.ts';
import { text } from './scalars.ts';
import { optional, section } from './setting.ts';
import {
  algorithmList,
  audienceName,
  TOKEN_DEFAULTS,
  TOKEN_RULE_DOCS,
  tokenLife,
  typeList,
} from './token-rules.ts';

/** Whose tokens say which user of the app it is that posts a code. */
export interface LoginJwtConfig {
  readonly issuer: TokenIssuer;
  /** Text of its JWK set, where that is in a file. */
  readonly jwks?: string | undefined;
  /** The claim that names the user's Google account, by Google's `sub`. */
  readonly expectedUserClaim?: string | undefined;
  /** Goes before `sub` in the name of the user. */
  readonly userPrefix?: string | undefined;
}

const OTHERWISE = `${TOKEN_DEFAULTS.algorithms} unless set.`;

/** Of a file whose keys nothing can be checked with. */
export const NO_USABLE_KEYS =
  'gateway.login_jwt.jwks_file must name a JWK set with at least one public key for signatures that has a kid: RSA of 2048 bits or more, EC or OKP.';

/** The `gateway.login_jwt` section; undefined where none of its keys is set. */
export function loginJwtSection(readFile: ReadFile) {
  return section({ ...issuerKeys(readFile), ...tokenKeys() }).transform(
    (keys, context): LoginJwtConfig | undefined => {
      const set = Object.values(keys).some((value) => value !== undefined);
      if (!set) return undefined;
      const { issuer, audience } = keys;
      const missing = MISSING.filter(({ key }) => keys[key] === undefined);
      for (const { key, message } of missing) {
        context.addIssue({ code: 'custom', path: [key], message });
      }
      if (keys.jwks_url !== undefined && keys.jwks_file !== undefined) {
        const message = 'must not be set beside gateway.login_jwt.jwks_url';
        context.addIssue({ code: 'custom', path: ['jwks_file'], message });
      }
      if (issuer === undefined || audience === undefined) return z.NEVER;
      return {
        issuer: {
          issuer,
          audience,
          jwksUri: keys.jwks_url,
          algorithms: keys.algorithms ?? [...TOKEN_DEFAULTS.algorithms],
          types: keys.typ ?? [...TOKEN_DEFAULTS.typ],
          maxLifeMs: keys.max_life ?? tokenLife().parse(TOKEN_DEFAULTS.maxLife),
          caPem: keys.ca_file,
        },
        jwks: keys.jwks_file,
        expectedUserClaim: keys.expected_user_claim,
        userPrefix: keys.user_prefix,
      };
    },
  );
}

const MISSING = [
  { key: 'issuer', message: 'must name who issues the tokens, as their `iss` does' },
  { key: 'audience', message: 'must say what `aud` of the tokens has to be' },
] as const;

function issuerKeys(readFile: ReadFile) {
  return {
    issuer: optional(httpsUrl(), {
      doc: `${TOKEN_RULE_DOCS.issuer} With any key of this section every code needs a token of the app's login.`,
      reloads: true,
    }),
    audience: optional(audienceName(), { doc: TOKEN_RULE_DOCS.audience, reloads: true }),
    jwks_url: optional(httpsUrl(), {
      doc: 'Where its keys are. Without it and `jwks_file`, `/.well-known/openid-configuration` below the issuer says so.',
      reloads: true,
    }),
    jwks_file: optional(jwksFile(readFile), {
      doc: 'File with its keys instead, a JWK set.',
      file: 'public',
      reloads: true,
    }),
    ca_file: optional(certificatesFile(readFile), {
      doc: 'Authorities of the server that has the keys, PEM. Without it: those that Node knows.',
      file: 'public',
      reloads: true,
    }),
  };
}

function tokenKeys() {
  return {
    algorithms: optional(algorithmList(), {
      doc: `${TOKEN_RULE_DOCS.algorithms} ${OTHERWISE}`,
      reloads: true,
    }),
    typ: optional(typeList(), {
      doc: `${TOKEN_RULE_DOCS.typ} ${TOKEN_DEFAULTS.typ} unless set.`,
      reloads: true,
    }),
    max_life: optional(tokenLife(), {
      doc: `${TOKEN_RULE_DOCS.maxLife} ${TOKEN_DEFAULTS.maxLife} unless set.`,
      reloads: true,
    }),
    expected_user_claim: optional(text(/^[\x21-\x7e]{1,255}$/, 'must be the name of a claim'), {
      doc: "Claim with Google's `sub` of the user, where your login knows it. A code of another account is then refused.",
      reloads: true,
    }),
    user_prefix: optional(text(/^[!-~]{1,100}$/, 'must be 1 to 100 printable ASCII characters'), {
      doc: 'Goes before `sub` in `external_user_id`, such as `shop:`. Set it where other logins or services give names too.',
      reloads: true,
    }),
  };
}

/** What is in it is looked at where it is used: whoever checks tokens knows which keys can be. */
function jwksFile(readFile: ReadFile) {
  return contentsOf(readFile, 'must name a file with a JWK set', (content) =>
    isKeySet(content) ? content : undefined,
  );
}

function isKeySet(content: string): boolean {
  try {
    const parsed: unknown = JSON.parse(content);
    return typeof parsed === 'object' && parsed !== null && 'keys' in parsed;
  } catch {
    // The parser's own words quote the file.
    return false;
  }
}
