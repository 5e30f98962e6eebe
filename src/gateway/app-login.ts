import { bearerToken } from '../domain/bearer-token.ts';
import type { CallerTokens } from '../domain/caller-tokens.ts';
import { type Failure, isFailure } from '../domain/failure.ts';
import type { Secret } from '../domain/secret.ts';
import { Refusal } from './refusal.ts';

/** The company's own login, which says which user of the app it is. */
export interface AppLogin {
  readonly tokens: CallerTokens;
  /** The claim that names the user's Google account, where the login knows it. */
  readonly expectedUserClaim?: string | undefined;
  /** Keeps its users apart from those of other logins. */
  readonly userPrefix?: string | undefined;
}

/** Who a verified login token says that the app's user is. */
export interface LoggedIn {
  /** Its `sub`, behind the login's prefix. */
  readonly externalUserId: string;
  /** Google's `sub`, where the token names it. */
  readonly expectedUserId?: string | undefined;
}

/** What TokenVault takes as external_user_id and as expected_user_id (its own contract). */
const USER = /^[!-~]{1,255}$/;

/** @throws Refusal LOGIN_INVALID; LOGIN_UNAVAILABLE while there are no keys to check it with */
export async function loggedIn(
  authorization: string | undefined,
  { tokens, expectedUserClaim, userPrefix = '' }: AppLogin,
): Promise<LoggedIn> {
  const token = bearerToken(authorization);
  if (typeof token === 'string') throw loginInvalid(token);
  const claims = await claimsOf(token, tokens);
  const { sub } = claims;
  const expected = expectedUserClaim === undefined ? undefined : claims[expectedUserClaim];
  const externalUserId = typeof sub === 'string' && sub !== '' ? `${userPrefix}${sub}` : undefined;
  if (!isUser(externalUserId)) throw loginInvalid('token_claims');
  if (expected === undefined) return { externalUserId };
  // Passed over, it would let any account in.
  if (!isUser(expected)) throw loginInvalid('token_claims');
  return { externalUserId, expectedUserId: expected };
}

async function claimsOf(
  token: Secret,
  tokens: CallerTokens,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const caller = await tokens.callerOf(token);
    return caller.token?.claims ?? {};
  } catch (error) {
    if (isFailure(error, 'CALLER_CREDENTIAL_INVALID')) throw loginInvalid(error.detail);
    if (isFailure(error, 'NOT_READY')) throw loginUnavailable(error);
    throw error;
  }
}

function loginInvalid(cause: string | undefined): Refusal {
  return new Refusal('LOGIN_INVALID', { cause });
}

function loginUnavailable({ detail: cause, retryAfterMs }: Failure): Refusal {
  return new Refusal('LOGIN_UNAVAILABLE', { cause, retryAfterMs });
}

function isUser(claim: unknown): claim is string {
  return typeof claim === 'string' && USER.test(claim);
}
