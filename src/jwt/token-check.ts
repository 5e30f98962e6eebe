import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { repeatsAName } from '../domain/repeated-names.ts';
import { NO_TYPE, type SignatureAlgorithm, type TokenIssuer } from '../domain/token-issuer.ts';
import { isTokenSubject } from '../domain/token-subject.ts';
import type { SigningKeys } from './issuer-keys.ts';

/** Why a token names no caller. */
export type TokenFault =
  | 'token_form'
  | 'token_issuer'
  | 'token_algorithm'
  | 'token_type'
  | 'token_key'
  | 'token_keys_unavailable'
  | 'token_waiting'
  | 'token_signature'
  | 'token_audience'
  | 'token_expired'
  | 'token_early'
  | 'token_life'
  | 'token_claims';

/** How far the clocks of issuers may be off. */
export const CLOCK_SKEW_S = 30;
/** Without these jose looks at none of them. */
const NEEDED = ['iss', 'aud', 'sub', 'iat', 'exp'];

/** A compact JWT taken apart. Nothing in it is checked but its form. */
export interface UncheckedToken {
  readonly text: string;
  readonly algorithm: unknown;
  readonly keyId: unknown;
  readonly type: string | undefined;
  readonly issuer: unknown;
}

/** @returns undefined where it is no JWT, or says a thing twice (RFC 7519 section 4, RFC 7515) */
export function uncheckedToken(text: string): UncheckedToken | undefined {
  try {
    const { alg: algorithm, kid: keyId, typ: type } = decodeProtectedHeader(text);
    const { iss: issuer } = decodeJwt(text);
    const parts = text.split('.').slice(0, 2);
    if (parts.some((part) => repeatsAName(Buffer.from(part, 'base64url').toString()))) {
      return undefined;
    }
    return { text, algorithm, keyId, type, issuer };
  } catch {
    // The library's messages may quote the token.
    return undefined;
  }
}

/** One issuer, its keys, and the time, milliseconds since the epoch. */
export interface TokenCheck {
  readonly issuer: TokenIssuer;
  readonly keys: Pick<SigningKeys, 'find' | 'usable'>;
  readonly now: number;
}

/**
 * Checks a token of this issuer. jose's defaults take one that never ends, or that was made for
 * something else; so everything that counts is demanded here.
 */
export async function checkToken(
  token: UncheckedToken,
  check: TokenCheck,
): Promise<JWTPayload | TokenFault> {
  const { issuer, keys } = check;
  if (!issuer.algorithms.includes(token.algorithm as SignatureAlgorithm)) return 'token_algorithm';
  if (!isOfType(token.type, issuer.types)) return 'token_type';
  if (typeof token.keyId !== 'string') return 'token_key';
  const key = await keys.find(token.keyId);
  if (key === undefined) return keys.usable ? 'token_key' : 'token_keys_unavailable';
  try {
    const { payload } = await jwtVerify(token.text, key, {
      algorithms: [...issuer.algorithms],
      issuer: issuer.issuer,
      audience: issuer.audience,
      requiredClaims: NEEDED,
      maxTokenAge: Math.floor(issuer.maxLifeMs / 1_000),
      clockTolerance: CLOCK_SKEW_S,
      currentDate: new Date(check.now),
    });
    return claimsFault(payload, issuer) ?? payload;
  } catch (error) {
    return faultOf(error);
  }
}

/** Types are media types without their beginning, in any case (RFC 7515 section 4.1.9). */
function isOfType(type: string | undefined, allowed: readonly string[]): boolean {
  if (type === undefined) return allowed.includes(NO_TYPE);
  const plain = (text: string) => text.toLowerCase().replace(/^application\//, '');
  return plain(type) !== NO_TYPE && allowed.some((one) => plain(one) === plain(type));
}

/** What the library takes, and we do not. */
function claimsFault(payload: JWTPayload, issuer: TokenIssuer): TokenFault | undefined {
  const { sub, aud, iat, exp } = payload;
  if (typeof sub !== 'string' || !isTokenSubject(sub)) return 'token_claims';
  // Any other audience of the token could show it here.
  if (Array.isArray(aud) && aud.length !== 1) return 'token_audience';
  if (iat === undefined || exp === undefined) return 'token_claims';
  return exp <= iat || (exp - iat) * 1_000 > issuer.maxLifeMs ? 'token_life' : undefined;
}

function faultOf(error: unknown): TokenFault {
  if (error instanceof errors.JWTExpired) {
    // A token of too great an age is one of these too.
    return error.claim === 'iat' ? 'token_life' : 'token_expired';
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === 'missing') return 'token_claims';
    if (error.claim === 'aud') return 'token_audience';
    return error.claim === 'nbf' || error.claim === 'iat' ? 'token_early' : 'token_claims';
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'token_signature';
  // Of the library or of Web Crypto: a header that asks for more, or a key of another kind.
  return 'token_form';
}
