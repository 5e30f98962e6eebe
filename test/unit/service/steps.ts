import type { CallContext } from '../../../src/domain/caller.ts';
import type { ExchangeResponse } from '../../../src/domain/exchange-record.ts';
import type { Secret } from '../../../src/domain/secret.ts';
import type { UserRecord } from '../../../src/domain/user-record.ts';
import type { Replica } from '../../../src/service/create-token-vault.ts';
import type {
  ExchangeCodeRequest,
  GetAccessTokenRequest,
  IssuedToken,
  RevokeUserRequest,
  RevokeUserResponse,
} from '../../../src/service/token-vault.ts';
import { ALICE, exchangeOf, tokenOf, type World } from '../../support/replica-fixture.ts';

/** For what a replica still has to do when it is stopped. */
export const GRACE_MS = 600_000;

/** The calls that nearly every test makes, for one replica, as their promises. */
export class Caller {
  readonly #world: World;
  readonly #replica: Replica;

  constructor(world: World, replica: Replica) {
    this.#world = world;
    this.#replica = replica;
  }

  exchange(
    code: Secret,
    fields: Partial<ExchangeCodeRequest> = {},
    context: CallContext = this.#world.context(),
  ): Promise<ExchangeResponse> {
    return expected(this.#replica.tokenVault.exchangeCode(exchangeOf(code, fields), context));
  }

  /** Asks inside a promise, also where the answer is there at once. */
  get(
    fields: Partial<GetAccessTokenRequest> = {},
    context: CallContext = this.#world.context(),
  ): Promise<IssuedToken> {
    const ask = async () => this.#replica.tokenVault.getAccessToken(tokenOf(fields), context);
    return expected(ask());
  }

  revoke(fields: Partial<RevokeUserRequest> = {}): Promise<RevokeUserResponse> {
    const request = { userId: ALICE, reason: 'test', ...fields };
    return expected(this.#replica.tokenVault.revokeUser(request, this.#world.context()));
  }

  /** Gets a token and waits for it. */
  token(fields: Partial<GetAccessTokenRequest> = {}): Promise<IssuedToken> {
    return this.#world.settled(this.get(fields));
  }
}

/** A test may look at a failure long after it happened. */
export function expected<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

/** A world with one replica in it that serves. */
export async function oneReplica(
  world: World,
  limits: Parameters<World['startReplica']>[0] = {},
): Promise<{ readonly replica: Replica; readonly caller: Caller }> {
  const replica = await world.startReplica(limits);
  return { replica, caller: new Caller(world, replica) };
}

/** A world in which Alice is connected. */
export async function connectedAlice(
  world: World,
): Promise<{ readonly replica: Replica; readonly caller: Caller; readonly refreshToken: Secret }> {
  const started = await oneReplica(world);
  await world.connect(started.replica.tokenVault);
  return { ...started, refreshToken: newestGrant(world).refreshToken };
}

/** The newest version of a user's record, without a call that counts. */
export function storedUser(world: World, userId = ALICE): UserRecord {
  const record = world.vault.keptUserVersions(userId).at(-1);
  if (record === undefined) throw new Error('nothing is stored');
  return record;
}

export function grantsOf(world: World, userId = ALICE, alias = 'default') {
  return storedUser(world, userId).grants.get(alias) ?? [];
}

export function newestGrant(world: World, userId = ALICE) {
  const [newest] = grantsOf(world, userId);
  if (newest === undefined) throw new Error('no grant is stored');
  return newest;
}

export function alertsOf(world: World): readonly (string | undefined)[] {
  return world.metrics.labelsOf('tokenvault_alerts_total').map(({ alert }) => alert);
}

/** Calls to the stores that are not the background reading of the log or of the clients. */
export function callsFor(world: World, prefix: 'users' | 'exchanges'): number {
  return world.vault.script.calls.filter((op) => op.startsWith(`${prefix}.`)).length;
}
