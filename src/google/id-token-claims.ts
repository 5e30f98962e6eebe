import { z } from 'zod';
import type { IdTokenExpectation } from '../domain/id-token-verifier.ts';
import type { Identity, Profile } from '../domain/profile.ts';

const CLOCK_SKEW_S = 300;
const LONGEST_LIFE_S = 86_400;

const text = z.string().optional().catch(undefined);

/**
 * The claims that we use (OIDC Core 2 and 5.1, and Google's `hd`). A claim of the profile that is
 * not of its type counts as missing; the others must be right.
 */
const claimsShape = z.object({
  iss: z.string(),
  aud: z.string(),
  sub: z.string().regex(/^[\x21-\x7e]{1,255}$/),
  iat: z.number(),
  exp: z.number(),
  nonce: z.string().optional(),
  email: text,
  email_verified: z.boolean().optional().catch(undefined),
  name: text,
  given_name: text,
  family_name: text,
  picture: text,
  locale: text,
  /** DNS names have no case; the policy’s are in lower case. */
  hd: z.string().toLowerCase().optional().catch(undefined),
});

export interface ClaimsCheck extends IdTokenExpectation {
  readonly issuers: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Checks everything but the signature (OIDC Core 3.1.3.7).
 * @returns undefined when a claim is not acceptable
 */
export function identityFrom(payload: unknown, expected: ClaimsCheck): Identity | undefined {
  const parsed = claimsShape.safeParse(payload);
  if (!parsed.success) return undefined;
  const claims = parsed.data;
  const now = expected.now / 1_000;
  const isForUs = expected.issuers.includes(claims.iss) && claims.aud === expected.clientId;
  const isCurrent = claims.iat - CLOCK_SKEW_S <= now && now <= claims.exp + CLOCK_SKEW_S;
  const isShort = claims.exp - now <= LONGEST_LIFE_S;
  const isAsked = expected.nonce === undefined || claims.nonce === expected.nonce;
  if (!isForUs || !isCurrent || !isShort || !isAsked) return undefined;
  return { userId: claims.sub, profile: profileFrom(claims) };
}

function profileFrom(claims: z.infer<typeof claimsShape>): Profile {
  const profile = {
    email: claims.email,
    emailVerified: claims.email_verified,
    name: claims.name,
    givenName: claims.given_name,
    familyName: claims.family_name,
    picture: claims.picture,
    locale: claims.locale,
    hostedDomain: claims.hd,
  };
  return Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== undefined));
}
