import { DRIVE } from '../../bench/load/call.ts';
import type { TokenVaultConnection } from '../../src/client/connect.ts';
import {
  CodeSource,
  ExchangeCodeRequest,
  GetAccessTokenRequest,
  GetUserRequest,
  RevokeUserRequest,
} from '../../src/client/messages.ts';
import type { FaultWorld } from '../../test/faults/world/fault-world.ts';
import type { Attempt } from './persistent-call.ts';

/** For one user, at one replica; the same call again with each attempt. */
export interface Callee {
  readonly world: FaultWorld;
  readonly user: string;
  /** Number of the replica; they take turns. */
  readonly turn: number;
}

const SCOPES = ['openid', 'email', 'profile', DRIVE];

/** Exchanges the code of a new consent. */
export async function exchange(callee: Callee): Promise<Attempt> {
  const wanted = { oauthClient: 'default', scopes: SCOPES, prompt: 'consent' } as const;
  const code = await callee.world.mintCode(callee.user, wanted);
  const codeSource = CodeSource.CODE_SOURCE_MOBILE;
  const request = ExchangeCodeRequest.fromPartial({ code, codeSource });
  return (timeoutMs) => connectionOf(callee).exchangeCode(request, { timeoutMs });
}

export function getAccessToken(callee: Callee): Attempt {
  return askForToken(connectionOf(callee), callee.user);
}

/** Asks for one scope: narrower than what an exchange puts into the cache of its replica. */
export function askForToken(connection: TokenVaultConnection, userId: string): Attempt {
  const request = GetAccessTokenRequest.fromPartial({ userId, scopes: [DRIVE] });
  return (timeoutMs) => connection.getAccessToken(request, { timeoutMs });
}

export function getUser(callee: Callee): Attempt {
  const request = GetUserRequest.fromPartial({ userId: callee.user });
  return (timeoutMs) => connectionOf(callee).getUser(request, { timeoutMs });
}

export function revokeUser(callee: Callee): Attempt {
  const request = RevokeUserRequest.fromPartial({ userId: callee.user, reason: 'a proof' });
  return (timeoutMs) => connectionOf(callee).revokeUser(request, { timeoutMs });
}

function connectionOf({ world: { replicas }, turn }: Callee): TokenVaultConnection {
  const replica = replicas[turn % replicas.length];
  if (replica === undefined) throw new Error('no replica');
  return replica.connection;
}
