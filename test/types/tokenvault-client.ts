import type { GoogleAuth } from 'google-auth-library';
import { type drive_v3, google } from 'googleapis';
import {
  type AccessToken,
  CodeSource,
  type Reason,
  TokenVault,
  TokenVaultError,
  type User,
} from 'tokenvault-client';

// What must compile with `tsc --strict` for those who install the package, and what must not. Nothing
// here is run.

const scopes = ['https://www.googleapis.com/auth/drive.readonly'];

export function construct(): TokenVault[] {
  const server = { address: 'vault.example:50051', caFile: 'ca.pem' };
  const withCertificate = { ...server, certFile: 'cert.pem', keyFile: 'key.pem' };
  // @ts-expect-error a certificate needs its key
  new TokenVault({ settings: { ...server, certFile: 'cert.pem' } });
  // @ts-expect-error no such option
  new TokenVault({ timeout: 1 });
  return [
    new TokenVault(),
    new TokenVault({ timeoutMs: 5_000, cachedTokens: 100, recheckMs: 60_000 }),
    new TokenVault({ settings: withCertificate }),
    new TokenVault({ settings: { ...server, jwtFile: 'token' } }),
  ];
}

/** Google's clients take what `googleAuth` gives, and keep their types. */
export async function listFiles(vault: TokenVault, userId: string): Promise<string[]> {
  const auth = vault.googleAuth({ userId, scopes });
  const drive: drive_v3.Drive = google.drive({ version: 'v3', auth });
  const gmail = google.gmail({ version: 'v1', auth: vault.googleAuth({ userId, scopes }) });
  google.options({ auth });
  const plain: GoogleAuth = auth;
  const { data } = await drive.files.list({ fields: 'files(id,name)', auth: plain });
  const { data: profile } = await gmail.users.getProfile({ userId: 'me' });
  const address: string | null | undefined = profile.emailAddress;
  // @ts-expect-error a file has no such field
  data.files?.map(({ nome }) => nome);
  return [address ?? '', ...(data.files ?? []).map(({ name }) => name ?? '')];
}

export async function call(vault: TokenVault, userId: string): Promise<void> {
  const token: AccessToken = await vault.getAccessToken({ userId, scopes, minTtlMs: 600_000 });
  const ends: Date = token.expireTime;
  // @ts-expect-error read only
  token.accessToken = '';
  // @ts-expect-error scopes are needed
  await vault.getAccessToken({ userId });
  // @ts-expect-error scopes are a list
  vault.googleAuth({ userId, scopes: 'openid' });
  for await (const { token: one, error } of vault.accessTokens([userId], { scopes })) {
    const reason: string | undefined = one === undefined ? error.reason : one.accessToken;
    // @ts-expect-error either of them
    const both: [string, string] = [one.accessToken, error.message];
    console.log(reason, both);
  }
  // @ts-expect-error scopes are needed
  vault.accessTokens([userId], {});
  vault.accessTokens(new Set([userId]).values(), { scopes });
  // @ts-expect-error one user id is no list of them
  vault.accessTokens(userId, { scopes });
  const user: User = await vault.getUser({ userId }, { requestId: 'r-1', timeoutMs: 1_000 });
  await vault.getUser({ externalUserId: 'user 42' });
  // @ts-expect-error one of the two is needed
  await vault.getUser({});
  const codeSource = CodeSource.CODE_SOURCE_MOBILE;
  const { profile } = await vault.exchangeCode({ code: 'c', codeSource, expectedUserId: userId });
  // @ts-expect-error a code is needed
  await vault.exchangeCode({ codeSource });
  await vault.revokeUser({ userId, reason: `${ends} ${user.state} ${profile?.email}` });
  vault.close();
}

/** An error's reason is one of a list, which a switch can be checked against. */
export function advice(error: unknown): Reason | undefined {
  if (!(error instanceof TokenVaultError)) throw error;
  const wait: number | undefined = error.retryAfterMs;
  switch (error.reason) {
    case 'USER_REVOKED':
    case 'USER_RECONSENT_REQUIRED':
      return error.reason;
    // @ts-expect-error no such reason
    case 'USER_GONE':
      return undefined;
    default:
      return wait === undefined ? error.reason : undefined;
  }
}
