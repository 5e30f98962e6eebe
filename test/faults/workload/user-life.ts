import { canonicalScopes } from '../../../src/domain/scopes.ts';
import type { ExchangeCall, GetCall } from '../../simulation/history.ts';
import { DRIVE } from '../../support/app-calls.ts';
import type { Callee } from '../history/recorded-calls.ts';
import type { FaultWorld } from '../world/fault-world.ts';
import type { Seeded } from './seeded.ts';

export interface Ended {
  readonly kind: string;
  readonly outcome: string;
}

type Alias = 'default' | 'second';

const CONSENTS = [
  ['openid', 'email', 'profile', DRIVE],
  ['openid', DRIVE],
  ['openid', 'email'],
];
const WISHES = [[DRIVE], ['openid', DRIVE], ['openid']];
const ALIASES: readonly Alias[] = ['default', 'default', 'default', 'second'];
const SHORT_MS = 3_000;
const LONG_MS = 15_000;
const MIN_TTL_MS = 60_000;

/** What callers do for one user, one call at a time chosen at random; several may be under way. */
export class UserLife {
  readonly user: string;
  readonly #world: FaultWorld;
  readonly #exchanges: ExchangeCall[] = [];
  #calls = 0;

  constructor(user: string, world: FaultWorld) {
    this.user = user;
    this.#world = world;
  }

  /** Made so far. */
  get calls(): number {
    return this.#calls;
  }

  async step(callee: Callee, random: Seeded): Promise<Ended> {
    this.#calls += 1;
    const { kind, run } = random.weighted(this.#choices(callee, random));
    return { kind, outcome: await run() };
  }

  /** A look from each replica, and a token for each OAuth client. */
  async lookAtAll(callees: readonly Callee[]): Promise<readonly Ended[]> {
    const { calls } = this.#world;
    const ended: Ended[] = [];
    for (const callee of callees) {
      const view = { kind: 'get-user', user: this.user } as const;
      ended.push({ kind: 'last get-user', outcome: await calls.getUser(callee, view, LONG_MS) });
      const wish = this.#wish('default', ['openid']);
      ended.push({ kind: 'last get', outcome: await calls.get(callee, wish, LONG_MS) });
    }
    return ended;
  }

  #choices(callee: Callee, random: Seeded) {
    const { calls } = this.#world;
    const timeoutMs = random.chance(0.2) ? SHORT_MS : LONG_MS;
    const hasBegun = this.#exchanges.length > 0;
    const later = hasBegun ? 1 : 0;
    return [
      { kind: 'exchange', weight: hasBegun ? 2 : 20, run: () => this.#exchange(callee, random) },
      { kind: 'repeat', weight: 2 * later, run: () => this.#repeat(callee, random) },
      { kind: 'other use', weight: 0.2 * later, run: () => this.#otherUse(callee, random) },
      {
        kind: 'get',
        weight: 10,
        run: () => calls.get(callee, this.#randomWish(random), timeoutMs),
      },
      { kind: 'revoke', weight: 1.2, run: () => this.#revoke(callee, random) },
      {
        kind: 'get-user',
        weight: 2,
        run: () => calls.getUser(callee, { kind: 'get-user', user: this.user }, timeoutMs),
      },
      { kind: 'leave at Google', weight: 0.1 * later, run: () => this.#leave() },
    ];
  }

  /** With the consent screen mostly; without it no refresh token comes where one came before. */
  async #exchange(callee: Callee, random: Seeded): Promise<string> {
    const oauthClient = random.pick(ALIASES);
    const scopes = random.pick(CONSENTS);
    const prompt = random.chance(0.8) ? { prompt: 'consent' } : {};
    const code = await this.#world.mintCode(this.user, { oauthClient, scopes, ...prompt });
    const call = {
      kind: 'exchange',
      user: this.user,
      code,
      oauthClient,
      request: 'first',
    } as const;
    this.#exchanges.push(call);
    return this.#send(callee, call, random);
  }

  #repeat(callee: Callee, random: Seeded): Promise<string> {
    return this.#send(callee, random.pick(this.#exchanges.slice(-2)), random);
  }

  #otherUse(callee: Callee, random: Seeded): Promise<string> {
    const call = random.pick(this.#exchanges);
    return this.#send(callee, { ...call, request: 'another' }, random);
  }

  #send(callee: Callee, call: ExchangeCall, random: Seeded): Promise<string> {
    const timeoutMs = random.chance(0.2) ? SHORT_MS : LONG_MS;
    return this.#world.calls.exchange(callee, call, timeoutMs);
  }

  #revoke(callee: Callee, random: Seeded): Promise<string> {
    const before = random.chance(0.2) ? { grantedBefore: Date.now() } : {};
    const call = { kind: 'revoke', user: this.user, ...before } as const;
    return this.#world.calls.revoke(callee, call, LONG_MS);
  }

  async #leave(): Promise<string> {
    await this.#world.userLeaves(this.user);
    return 'OK';
  }

  #randomWish(random: Seeded): GetCall {
    return this.#wish(random.pick(ALIASES), random.pick(WISHES));
  }

  #wish(oauthClient: string, scopes: readonly string[]): GetCall {
    const { user } = this;
    const wanted = canonicalScopes(scopes);
    return { kind: 'get', user, oauthClient, scopes: wanted, minTtlMs: MIN_TTL_MS };
  }
}
