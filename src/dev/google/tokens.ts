import type Provider from 'oidc-provider';

/** What a live access token stands for. */
export interface TokenFacts {
  readonly clientId: string;
  readonly sub: string;
  readonly scope: string;
  readonly grantId: string;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** Undefined for a token that is unknown, expired or revoked. */
export async function liveAccessToken(
  provider: Provider,
  value: string | null | undefined,
): Promise<TokenFacts | undefined> {
  if (typeof value !== 'string') return undefined;
  const token = await provider.AccessToken.find(value);
  if (token === undefined) return undefined;
  const { clientId, accountId, scope, grantId, exp } = token;
  if (clientId === undefined || grantId === undefined || exp === undefined) return undefined;
  return { clientId, sub: accountId, scope: scope ?? '', grantId, expiresAt: exp };
}

/** The user behind an access or refresh token that is still known. */
export async function userOfToken(provider: Provider, value: string): Promise<string | undefined> {
  const token =
    (await provider.RefreshToken.find(value)) ?? (await provider.AccessToken.find(value));
  return token?.accountId;
}
