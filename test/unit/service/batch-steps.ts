import type { CallContext } from '../../../src/domain/caller.ts';
import { Failure } from '../../../src/domain/failure.ts';
import type { Replica } from '../../../src/service/create-token-vault.ts';
import type { BatchGetAccessTokensRequest, TokenBatch } from '../../../src/service/token-vault.ts';
import { DRIVE, World } from '../../support/replica-fixture.ts';
import { Caller, expected } from './steps.ts';

/** A batch of users, for Drive unless the fields say otherwise. */
export function batchOf(
  userIds: readonly string[],
  fields: Partial<BatchGetAccessTokensRequest> = {},
): BatchGetAccessTokensRequest {
  return { userIds, oauthClient: 'default', scopes: [DRIVE], minTtlMs: 60_000, ...fields };
}

/** Asks inside a promise, also where the answer is there at once. */
export function askBatch(
  world: World,
  replica: Replica,
  userIds: readonly string[],
  {
    context = world.context(),
    ...fields
  }: Partial<BatchGetAccessTokensRequest> & {
    readonly context?: CallContext;
  } = {},
): Promise<TokenBatch> {
  const ask = async () =>
    replica.tokenVault.batchGetAccessTokens(batchOf(userIds, fields), context);
  return expected(ask());
}

/** What each user got: `OK`, or the reason. */
export function reasonsIn({ results }: TokenBatch): readonly string[] {
  return results.map((result) => (result instanceof Failure ? result.reason : 'OK'));
}

/** The tokens' texts; of a user without one the reason. */
export function textsIn({ results }: TokenBatch): readonly string[] {
  return results.map((result) =>
    result instanceof Failure ? result.reason : result.accessToken.reveal(),
  );
}

/** A world with users `a`, `b`, … who are connected and have no token yet. */
export async function connectedUsers(
  world: World,
  userIds: readonly string[],
  limits: Parameters<World['startReplica']>[0] = {},
) {
  const replica = await world.startReplica(limits);
  for (const sub of userIds) await world.connect(replica.tokenVault, { sub });
  return { replica, caller: new Caller(world, replica) };
}

/** Users whose tokens are in the cache, and others who are connected. */
export async function arrangeBatch(cached: readonly string[], cold: readonly string[] = []) {
  const world = new World();
  const { replica, caller } = await connectedUsers(world, [...cached, ...cold]);
  for (const userId of cached) await caller.token({ userId });
  world.vault.script.clearCalls();
  world.google.requests.length = 0;
  return { world, replica, caller, ask: askBatch.bind(undefined, world, replica) };
}
