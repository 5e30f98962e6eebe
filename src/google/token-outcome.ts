import { z } from 'zod';
import type { TokenOutcome, TokenReply } from '../domain/oauth-provider.ts';
import { canonicalScopes } from '../domain/scopes.ts';
import { Secret } from '../domain/secret.ts';
import { jsonBody } from '../http/json-body.ts';
import { meaningOf } from './oauth-errors.ts';
import { retryAfterMs } from './retry-after.ts';

const LONGEST_ACCESS_TOKEN_LIFE_S = 86_400;
const LONGEST_REFRESH_TOKEN_LIFE_S = 10 * 365 * 86_400;

/** RFC 6749 appendix A: tokens are printable ASCII. */
const token = z.string().regex(/^[\x20-\x7e]+$/);

/** RFC 6749 section 5.1, with the bounds that Google keeps to. Unknown fields are ignored. */
const successBody = z.object({
  access_token: token,
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().positive().max(LONGEST_ACCESS_TOKEN_LIFE_S),
  scope: z.string().optional(),
  refresh_token: token.optional(),
  // Only a hint: nonsense in it must not cost the tokens.
  refresh_token_expires_in: z
    .number()
    .positive()
    .max(LONGEST_REFRESH_TOKEN_LIFE_S)
    .optional()
    .catch(undefined),
  id_token: token.optional(),
});

/** RFC 6749 section 5.2, and Google's `error_subtype`. */
const errorBody = z.object({
  error: z.string().min(1),
  error_subtype: z.string().optional().catch(undefined),
});

/**
 * Reads an answer of the token endpoint. Tokens come only from a well-formed success; everything
 * that is neither that nor a refusal that Google documents is no answer.
 * @param now milliseconds since the epoch
 */
export async function tokenOutcome(response: Response, now: number): Promise<TokenOutcome> {
  const body = await jsonBody(response);
  if (response.status === 200) {
    const success = successBody.safeParse(body);
    if (success.success) return tokenReply(success.data);
  }
  const error = errorBody.safeParse(body);
  const meaning = meaningOf(response.status, error.success ? error.data : undefined);
  if (meaning.kind === 'refused') return meaning;
  const wait = retryAfterMs(response.headers.get('retry-after'), now);
  return { ...meaning, sent: true, ...(wait !== undefined && { retryAfterMs: wait }) };
}

function tokenReply(body: z.infer<typeof successBody>): TokenReply {
  const { scope, refresh_token, refresh_token_expires_in, id_token } = body;
  const scopes = scope?.split(' ').filter((name) => name !== '');
  return {
    kind: 'tokens',
    accessToken: new Secret(body.access_token),
    expiresInMs: Math.floor(body.expires_in * 1_000),
    ...(scopes && { scopes: canonicalScopes(scopes) }),
    ...(refresh_token && { refreshToken: new Secret(refresh_token) }),
    ...(refresh_token_expires_in && { refreshTokenExpiresInMs: refresh_token_expires_in * 1_000 }),
    ...(id_token && { idToken: new Secret(id_token) }),
  };
}
