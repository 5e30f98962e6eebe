/** Signatures that only the holder of a private key can make. */
export const SIGNATURE_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;
export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

/** Stands in `types` for a token whose header has no `typ`. */
export const NO_TYPE = 'none';

/** Who issues bearer tokens that are believed, and which of them are. */
export interface TokenIssuer {
  /** `iss`, compared exactly. Holds no blank. */
  readonly issuer: string;
  /** What `aud` has to be, alone. */
  readonly audience: string;
  /** Where its keys are (RFC 7517). Without it, its OpenID configuration says so. */
  readonly jwksUri?: string | undefined;
  readonly algorithms: readonly SignatureAlgorithm[];
  /** What `typ` of the header may be. */
  readonly types: readonly string[];
  /** From `iat` to `exp`, at most. */
  readonly maxLifeMs: number;
  /** PEM of the authorities that its server is believed for. Default: those that Node knows. */
  readonly caPem?: string | undefined;
  /** Names the file with a token to fetch the keys with, where they are not for everybody. */
  readonly keysTokenFile?: string | undefined;
}
