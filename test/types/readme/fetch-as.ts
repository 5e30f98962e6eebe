import type { TokenRequest, TokenVault } from 'tokenvault-client';

/** What `fetch` gives, with the user's token. */
export async function fetchAs(vault: TokenVault, request: TokenRequest, url: string) {
  const send = (token: string) => fetch(url, { headers: { authorization: `Bearer ${token}` } });
  const { accessToken } = await vault.getAccessToken(request);
  const answer = await send(accessToken);
  if (answer.status !== 401) return answer;
  await answer.body?.cancel();
  const other = await vault.getAccessToken({ ...request, rejectedToken: accessToken });
  return send(other.accessToken);
}
