import type { TokenVault } from 'tokenvault-client';

/** By an API that has no package for Node. */
export async function nameOf(vault: TokenVault, userId: string): Promise<string | undefined> {
  const scopes = ['https://www.googleapis.com/auth/userinfo.profile'];
  const auth = vault.googleAuth({ userId, scopes });
  const url = 'https://openidconnect.googleapis.com/v1/userinfo';
  const { data } = await auth.fetch<{ name?: string }>(url);
  return data.name;
}
