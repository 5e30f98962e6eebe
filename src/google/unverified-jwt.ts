import { z } from 'zod';

const headerShape = z.object({ alg: z.string(), kid: z.string().min(1).max(256) });

/** A compact JWT taken apart. Nothing in it is checked. */
export interface UnverifiedJwt {
  readonly algorithm: string;
  readonly keyId: string;
  readonly payload: unknown;
}

/** @returns undefined where it is not a signed JWT that names its key (RFC 7515 section 7.1) */
export function unverifiedJwt(jwt: string): UnverifiedJwt | undefined {
  const [header, payload, signature, ...rest] = jwt.split('.');
  if (!header || !payload || !signature || rest.length > 0) return undefined;
  const parsed = headerShape.safeParse(jsonOf(header));
  if (!parsed.success) return undefined;
  return { algorithm: parsed.data.alg, keyId: parsed.data.kid, payload: jsonOf(payload) };
}

function jsonOf(segment: string): unknown {
  try {
    return JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'));
  } catch {
    // The error of the parser quotes the token.
    return undefined;
  }
}
