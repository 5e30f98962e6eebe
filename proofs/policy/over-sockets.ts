import { z } from 'zod';
import { CLIENT, type World } from '../../bench/world.ts';
import type { TokenVaultConnection } from '../../src/client/connect.ts';
import {
  GetAccessTokenRequest,
  GetUserRequest,
  RevokeUserRequest,
} from '../../src/client/messages.ts';
import { TokenVaultError } from '../../src/client/token-vault-error.ts';
import { canonicalScopes } from '../../src/domain/scopes.ts';
import { SeededNumbers } from '../../test/support/seeded-numbers.ts';
import type { Sizes } from './in-process.ts';
import { CALLERS, type CallerName, NARROW } from './rules.ts';
import { type Served, TIMEOUT_MS } from './served.ts';
import { Tally, type TokenAtGoogle } from './tally.ts';
import { isStranger, randomWish, userName, type Wish } from './wishes.ts';

/** Under way at a time. */
const BATCH = 50;
const TOKEN_INFO = z.object({ sub: z.string(), aud: z.string(), scope: z.string() });

type Connections = Readonly<Record<CallerName, TokenVaultConnection>>;

/** The same random calls to a real service over mutual TLS; Google is asked about each token. */
export async function callOverSockets(
  { world, served }: { readonly world: World; readonly served: Served },
  { calls, users, seed }: Sizes,
): Promise<Tally> {
  const numbers = new SeededNumbers(seed);
  const tally = new Tally();
  const usher = served.connectAs('operator');
  const connect = async (user: string) => {
    await usher.exchangeCode(await served.exchangeOf(user, 'default'), { timeoutMs: TIMEOUT_MS });
  };
  for (let index = 0; index < users; index += 1) {
    if (!isStranger(index)) await connect(userName(index));
  }
  const connections = Object.fromEntries(
    CALLERS.map((name) => [name, served.connectAs(name)]),
  ) as Connections;
  while (tally.calls < calls) {
    const wishes = Array.from({ length: Math.min(BATCH, calls - tally.calls) }, () =>
      randomWish(numbers, users),
    );
    const revoked = new Set(
      wishes.flatMap(({ rpc, user }) => (rpc === 'RevokeUser' ? [user] : [])),
    );
    const ask = async (wish: Wish) => {
      const ended = await endOf(make(connections[wish.caller], served, wish));
      const token = await tokenAtGoogle(world, ended);
      // Revoked at Google since it was handed out.
      const known = token?.sub === '' && revoked.has(wish.user) ? undefined : token;
      tally.ended(wish, NARROW, { ...ended, token: known });
    };
    await Promise.all(wishes.map(ask));
    for (const user of revoked) {
      if (!isStranger(Number(user.replace('user-', '')))) await connect(user);
    }
  }
  return tally;
}

/** @returns the access token, where it is one that was asked for */
async function make(
  connection: TokenVaultConnection,
  served: Served,
  { rpc, user: userId, oauthClient, scopes }: Wish,
): Promise<string | undefined> {
  const options = { timeoutMs: TIMEOUT_MS };
  switch (rpc) {
    case 'ExchangeCode':
      await connection.exchangeCode(await served.exchangeOf(userId, oauthClient), options);
      return undefined;
    case 'GetUser':
      await connection.getUser(GetUserRequest.fromPartial({ userId }), options);
      return undefined;
    case 'RevokeUser':
      await connection.revokeUser(RevokeUserRequest.fromPartial({ userId }), options);
      return undefined;
    case 'GetAccessToken': {
      const fields = { userId, oauthClient, scopes: [...scopes] };
      const request = GetAccessTokenRequest.fromPartial(fields);
      return (await connection.getAccessToken(request, options)).accessToken;
    }
  }
}

interface Answered {
  readonly reason: string;
  readonly deniedBy?: string;
  readonly accessToken?: string;
}

async function endOf(call: Promise<string | undefined>): Promise<Answered> {
  try {
    return { reason: '', accessToken: await call };
  } catch (error) {
    if (!(error instanceof TokenVaultError)) throw error;
    return { reason: error.reason ?? 'INTERNAL', deniedBy: error.metadata.deniedBy };
  }
}

/** What Google says of the token; of one that is dead, that it is nobody's. */
async function tokenAtGoogle(
  { google }: World,
  { accessToken }: Answered,
): Promise<TokenAtGoogle | undefined> {
  if (accessToken === undefined) return undefined;
  const response = await fetch(`${google.url}/tokeninfo`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  const parsed = TOKEN_INFO.safeParse(await response.json());
  if (!parsed.success) return { sub: '', client: '', scopes: [] };
  const { sub, aud, scope } = parsed.data;
  const client = aud === CLIENT.client_id ? 'default' : aud;
  return { sub, client, scopes: canonicalScopes(scope.split(' ')) };
}
