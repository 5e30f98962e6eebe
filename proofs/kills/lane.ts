import { canonicalScopes } from '../../src/domain/scopes.ts';
import type { Callee } from '../../test/faults/history/recorded-calls.ts';
import type { Seeded } from '../../test/faults/workload/seeded.ts';
import type { FaultWorld } from '../../test/faults/world/fault-world.ts';
import type { Replica } from '../../test/faults/world/replica.ts';
import type { ExchangeCall, GetCall } from '../../test/simulation/history.ts';
import { DRIVE } from '../../test/support/app-calls.ts';
import { until } from '../../test/support/until.ts';
import type { Aim } from './paths.ts';

/** A user in the middle of whose call a process was killed. */
export interface Victim {
  readonly user: string;
  readonly aim: Aim;
  /** By which the user came, or was to come. */
  readonly exchange: ExchangeCall;
  /** What the caller heard before the process died. */
  readonly told: string;
}

export interface LaneParts {
  readonly world: FaultWorld;
  /** Killed again and again. */
  readonly replica: Replica;
  /** Never killed. */
  readonly survivor: Replica;
  readonly random: Seeded;
}

type Killed = Pick<Victim, 'aim' | 'told'>;

interface Target {
  readonly user: string;
  readonly kill: (reply?: string) => void;
}

type Attempt = (callee: Callee, timeoutMs: number) => Promise<string>;

export const CONSENT = { oauthClient: 'default', scopes: ['openid', DRIVE] } as const;
const SUCCESS = /^HTTP\/1\.1 2/;
const LONG_MS = 15_000;
/** For a call that may have to wait for what nobody will finish. */
const SHORT_MS = 1_000;
/** Longer than a request to Vault or Google takes: a later reply finds nobody to kill. */
const DUE = { timeoutMs: 6_000 };
/** About as long as a path takes. */
const RANDOM_MS = { exchange: 40, refresh: 15, rotation: 25, revoke: 80 };

/** One replica, which is killed in the middle of one user's call after the other. */
export class Lane {
  readonly #parts: LaneParts;

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  /**
   * One kill -9. The caller asks again: at once at the survivor, or at the next process.
   * @returns undefined where the call ended before the moment came
   * @throws Error where a process ended by itself
   */
  async strike(aim: Aim, user: string): Promise<Victim | undefined> {
    const { replica, survivor, random } = this.#parts;
    const exchange = await this.#newcomer(user);
    const attempt = await this.#prepare(aim, exchange);
    const killed = attempt && (await this.#killIn(attempt, aim, user));
    if (attempt === undefined || killed === undefined) {
      if (!replica.serves) throw new Error(`${replica.name} ended, and nobody killed it.`);
      return undefined;
    }
    // A revoke is not repeated: it has to come to its end without its caller.
    const again = aim.path.name === 'revoke' ? this.#get(user) : attempt;
    const elsewhere = random.chance(0.5) ? again(survivor, SHORT_MS) : undefined;
    await Promise.all([replica.start(), elsewhere]);
    await again(replica, SHORT_MS);
    return { user, exchange, ...killed };
  }

  /** The user has consented. */
  async #newcomer(user: string): Promise<ExchangeCall> {
    const { oauthClient } = CONSENT;
    const code = await this.#parts.world.mintCode(user, CONSENT);
    return { kind: 'exchange', user, code, oauthClient, request: 'first' };
  }

  /** @returns the call that is cut short; undefined where the replica could not connect the user */
  async #prepare({ path }: Aim, exchange: ExchangeCall): Promise<Attempt | undefined> {
    const { world, replica, survivor } = this.#parts;
    const { user } = exchange;
    const come: Attempt = (callee, timeoutMs) => world.calls.exchange(callee, exchange, timeoutMs);
    if (path.name === 'exchange') return come;
    if ((await come(replica, LONG_MS)) !== 'OK') return undefined;
    if (path.name !== 'revoke') return this.#get(user);
    // The other replica has a token in its cache, which must not outlive the revoke.
    await this.#get(user)(survivor, LONG_MS);
    return (callee, timeoutMs) => world.calls.revoke(callee, { kind: 'revoke', user }, timeoutMs);
  }

  /** Narrower than the consent: no replica has such a token from the exchange. */
  #get(user: string): Attempt {
    const wish = wishOf(user);
    return (callee, timeoutMs) => this.#parts.world.calls.get(callee, wish, timeoutMs);
  }

  /** @returns undefined where nobody was killed */
  async #killIn(attempt: Attempt, aim: Aim, user: string): Promise<Killed | undefined> {
    const { world, replica } = this.#parts;
    const { name } = replica;
    const deaths: Promise<void>[] = [];
    let hit = aim;
    const kill = (reply?: string) => {
      deaths.push(replica.kill());
      // Vault has refused, or cannot say: what the step has done is open.
      if (reply !== undefined && !SUCCESS.test(reply)) hit = { path: aim.path, moment: 'random' };
    };
    const disarm = this.#arm(aim, { user, kill });
    const told = await attempt(replica, LONG_MS);
    if (aim.moment === 'answered' && told === 'OK') kill();
    // A caller that was answered before the reply of the step came.
    const isDue = disarm() && deaths.length === 0;
    if (isDue) await until('it is killed', () => deaths.length > 0, DUE).catch(() => undefined);
    if (deaths.length === 0) return undefined;
    await Promise.all(deaths);
    world.histories.fact(user, { kind: 'crashed', replica: name });
    return { aim: hit, told };
  }

  /** @returns calls it off, and says whether the aimed request has come */
  #arm(aim: Aim, { user, kill }: Target): () => boolean {
    const { world, replica, random } = this.#parts;
    if (aim.moment === 'answered') return () => false;
    if (aim.moment === 'random') {
      const timer = setTimeout(() => kill(), random.unit() * RANDOM_MS[aim.path.name]);
      return () => {
        clearTimeout(timer);
        return false;
      };
    }
    const { moment: cut, step } = aim;
    const request = step.request.replace('MOUNT', world.app.mounts.mount);
    const proxies = [...replica.vaultProxies, replica.googleProxy];
    const cuts = () => proxies.reduce((sum, proxy) => sum + proxy.cuts, 0);
    const before = cuts();
    const about = step.namesUser ? world.vault.keyedHash.of('user', user) : '';
    const planned = { cut, request, about, after: step.after, struck: kill };
    for (const proxy of proxies) proxy.plan(planned);
    return () => {
      for (const proxy of proxies) proxy.forgetCuts();
      return cuts() > before;
    };
  }
}

/** A token that the user's consent allows. */
export function wishOf(user: string): GetCall {
  const scopes = canonicalScopes(['openid']);
  return { kind: 'get', user, oauthClient: CONSENT.oauthClient, scopes, minTtlMs: 60_000 };
}
