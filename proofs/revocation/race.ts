import { setTimeout as wait } from 'node:timers/promises';
import { DRIVE } from '../../bench/load/call.ts';
import { REASONS } from '../../src/domain/reasons.ts';
import { canonicalScopes } from '../../src/domain/scopes.ts';
import type { Callee } from '../../test/faults/history/recorded-calls.ts';
import type { Seeded } from '../../test/faults/workload/seeded.ts';
import type { FaultWorld } from '../../test/faults/world/fault-world.ts';
import type { GetCall } from '../../test/simulation/history.ts';

export interface RacePlan {
  readonly user: string;
  readonly random: Seeded;
  /** Whether the user consents again as soon as the revocation is done. */
  readonly consentsAgain: boolean;
}

/** Codes of the consents that a race had. */
export interface Consents {
  readonly earlier: string;
  readonly later?: string;
}

const SCOPES = ['openid', DRIVE];
const CALL_MS = 20_000;
/** Between a caller's calls, while it gets tokens. */
const TIGHT_MS = 30;
/** The same once it is refused: each refusal is read from Vault. */
const REFUSED_MS = 600;
const AROUND_MS = 300;
const AFTERWARDS_MS = 400;
const INSIST_MS = 60_000;
/** What gRPC itself ends calls with that took too long. */
const WITHOUT_ANSWER: ReadonlySet<string> = new Set(['DEADLINE_EXCEEDED', 'UNAVAILABLE']);
const PAUSE_MS = 1_000;

/**
 * One user with a token in the cache of every replica, who is revoked at one of them while callers ask
 * all of them without a pause. All that is asked and answered is in the user's history afterwards.
 */
export class Race {
  readonly #world: FaultWorld;
  readonly #plan: RacePlan;
  #isOver = false;

  constructor(world: FaultWorld, plan: RacePlan) {
    this.#world = world;
    this.#plan = plan;
  }

  /** @throws Error where a call did not go well that had to */
  async run(): Promise<Consents> {
    const { random, consentsAgain } = this.#plan;
    const { replicas } = this.#world;
    const earlier = await this.#connect();
    await this.#expectTokens([DRIVE]);
    const callers = Promise.all(replicas.map((replica) => this.#askOn(replica)));
    try {
      const uncached = replicas.map((replica) => this.#askUncached(replica));
      await wait(random.between(0, AROUND_MS));
      await this.#revoke();
      // In the very turn of the event loop in which the OK came.
      const atOnce = replicas.map((replica) => this.#get(replica, [DRIVE]));
      const later = consentsAgain ? await this.#connect() : undefined;
      // At every replica, though it has refused the user up to now.
      if (later !== undefined) await this.#expectTokens([DRIVE]);
      await Promise.all([...atOnce, ...uncached, wait(AFTERWARDS_MS)]);
      return { earlier, ...(later !== undefined && { later }) };
    } finally {
      this.#isOver = true;
      await callers;
    }
  }

  /** @returns the code, which names the consent */
  async #connect(): Promise<string> {
    const { user, random } = this.#plan;
    const oauthClient = 'default';
    const code = await this.#world.mintCode(user, {
      oauthClient,
      scopes: SCOPES,
      prompt: 'consent',
    });
    const call = { kind: 'exchange', user, code, oauthClient, request: 'first' } as const;
    const replica = random.pick(this.#world.replicas);
    await insist('ExchangeCode', () => this.#world.calls.exchange(replica, call, CALL_MS));
    return code;
  }

  async #expectTokens(scopes: readonly string[]): Promise<void> {
    const { replicas } = this.#world;
    await Promise.all(
      replicas.map((replica) => insist('GetAccessToken', () => this.#get(replica, scopes))),
    );
  }

  async #revoke(): Promise<void> {
    const { user, random } = this.#plan;
    const replica = random.pick(this.#world.replicas);
    const call = { kind: 'revoke', user } as const;
    await insist('RevokeUser', () => this.#world.calls.revoke(replica, call, CALL_MS));
  }

  async #askOn(replica: Callee): Promise<void> {
    while (!this.#isOver) {
      const told = await this.#get(replica, [DRIVE]);
      await wait(told === 'OK' ? TIGHT_MS : REFUSED_MS);
    }
  }

  /** Other scopes, which no cache has: the refresh begins shortly before the revocation or after. */
  async #askUncached(replica: Callee): Promise<string> {
    await wait(this.#plan.random.between(0, AROUND_MS));
    return this.#get(replica, SCOPES);
  }

  #get(replica: Callee, scopes: readonly string[]): Promise<string> {
    const { user } = this.#plan;
    const wanted = canonicalScopes(scopes);
    const call: GetCall = {
      kind: 'get',
      user,
      oauthClient: 'default',
      scopes: wanted,
      minTtlMs: 0,
    };
    return this.#world.calls.get(replica, call, CALL_MS);
  }
}

/**
 * Repeats a call as its caller would, where that can help: a busy machine lets some fail.
 * @throws Error when that is in vain, or was not to be expected
 */
async function insist(what: string, call: () => Promise<string>): Promise<void> {
  const end = performance.now() + INSIST_MS;
  for (;;) {
    const told = await call();
    if (told === 'OK') return;
    const pauseMs = pauseAfter(told);
    if (pauseMs === undefined || performance.now() > end) throw new Error(`${what}: ${told}`);
    await wait(pauseMs);
  }
}

/** Undefined where the same call cannot go well later. */
function pauseAfter(told: string): number | undefined {
  if (WITHOUT_ANSWER.has(told)) return PAUSE_MS;
  const known = Object.entries(REASONS).find(([reason]) => reason === told);
  return known?.[1].retryAfterMs;
}
