import type { Call, GetCall, OperationOf } from '../history.ts';
import { Callers, type CallersDeps } from './callers.ts';
import { Codes } from './codes.ts';
import type { Fleet, Serving } from './fleet.ts';
import { AMBUSHES, type Ambush, type Profile } from './profile.ts';
import type { Scheduler } from './scheduler.ts';
import { WANTED } from './scopes.ts';
import type { SimGoogle } from './sim-google.ts';
import type { SimProcess } from './sim-process.ts';

/** Of the calls for tokens. */
const BATCHES = 0.2;
const MIN_TTLS_MS = [60_000, 0, 1_800_000] as const;

export interface CrowdDeps extends Omit<CallersDeps, 'answered'> {
  readonly scheduler: Scheduler;
  readonly fleet: Fleet;
  readonly google: SimGoogle;
  readonly wall: () => number;
  /** @returns when it is worst, milliseconds from now */
  readonly ambush: (kind: Ambush, victim: SimProcess) => number;
  readonly users: readonly [string, ...string[]];
  readonly oauthClients: readonly [string, ...string[]];
}

/** Apps and services: few users, so that their calls meet. */
export class Crowd {
  readonly #profile: Profile;
  readonly #deps: CrowdDeps;
  readonly #callers: Callers;
  readonly #codes: Codes;
  readonly #lastTokens = new Map<string, string>();
  #planned: number;
  #isResting = false;
  /** Calls that answers may still lead to. */
  #reactions: number;

  constructor(profile: Profile, deps: CrowdDeps) {
    this.#profile = profile;
    this.#deps = deps;
    this.#planned = profile.calls;
    this.#reactions = profile.calls;
    this.#codes = new Codes(deps);
    this.#callers = new Callers({ ...deps, answered: (operation) => this.#react(operation) });
  }

  /** Whether all planned calls have begun. */
  get isDone(): boolean {
    return this.#planned === 0;
  }

  /** Begins the calls, one after the other. */
  begin(): void {
    const { scheduler, dice } = this.#deps;
    const next = () => {
      this.#someCall();
      this.#planned -= 1;
      if (this.#planned > 0) scheduler.after(dice.unit() * 2 * this.#profile.gapMs, next);
    };
    scheduler.after(0, next);
  }

  /** No reaction to any answer from now on. */
  rest(): void {
    this.#isResting = true;
    this.#callers.isPatient = true;
  }

  /** Repeats the request of every code once more, honestly. */
  repeatAll(): void {
    for (const { made, fields } of this.#codes.all) {
      this.#at((serving) => this.#callers.exchange(serving, made, fields));
    }
  }

  /** Asks for everything of everybody. */
  askAll(): void {
    for (const user of this.#deps.users) {
      this.#at((serving) => this.#callers.getUser(serving, user));
      this.#at((serving) => this.#callers.lookUp(serving, user));
      for (const oauthClient of this.#deps.oauthClients) {
        for (const scopes of [WANTED[0], WANTED[2]]) {
          const minTtlMs = this.#deps.dice.pick(MIN_TTLS_MS);
          const wanted = { user, oauthClient, scopes, minTtlMs };
          this.#at((serving) => this.#callers.get(serving, wanted));
        }
      }
    }
  }

  #someCall(): void {
    const { dice } = this.#deps;
    const { exchange, repeat, get, revoke, ambush } = this.#profile.theme;
    const drawn = dice.unit();
    const isFirst = this.#codes.all.length === 0;
    if (drawn < exchange || (isFirst && drawn < 0.7)) this.#exchangeNew(this.#user());
    else if (drawn < exchange + repeat) this.#repeat();
    else if (drawn < exchange + repeat + get) this.#get(this.#user());
    else if (drawn < exchange + repeat + get + revoke) this.#revoke(this.#user());
    else if (drawn < exchange + repeat + get + revoke + ambush) this.#ambush(this.#user());
    else this.#look(this.#user());
  }

  #exchangeNew(user: string, serving?: Serving): void {
    const { made, fields } = this.#codes.make(user, this.#oauthClient());
    if (serving === undefined) this.#at((any) => this.#callers.exchange(any, made, fields));
    else this.#callers.exchange(serving, made, fields);
  }

  #look(user: string): void {
    const byName = this.#deps.dice.chance(0.4);
    this.#at((serving) =>
      byName ? this.#callers.lookUp(serving, user) : this.#callers.getUser(serving, user),
    );
  }

  #repeat(): void {
    const again = this.#codes.again();
    if (again === undefined) return;
    this.#at((serving) => this.#callers.exchange(serving, again.made, again.fields));
  }

  #get(user: string, serving?: Serving): void {
    const { dice } = this.#deps;
    const last = this.#lastTokens.get(user);
    const wanted = {
      user,
      oauthClient: this.#oauthClient(),
      // What others have asked for is in the caches.
      scopes: dice.chance(0.5) ? WANTED[0] : dice.pick(WANTED),
      minTtlMs: dice.pick(MIN_TTLS_MS),
      ...(last !== undefined && dice.chance(0.15) && { rejected: last }),
    };
    const single = (any: Serving) => this.#callers.get(any, wanted);
    const ask = dice.chance(BATCHES) ? this.#batch(wanted) : single;
    if (serving === undefined) this.#at(ask);
    else ask(serving);
  }

  /** With the others, whom it has to wait for. */
  #batch({ user, rejected: _, ...wanted }: Omit<GetCall, 'kind'>) {
    const others = this.#deps.users.filter((other) => other !== user);
    return (serving: Serving) => this.#callers.batch(serving, [user, ...others], wanted);
  }

  #revoke(user: string): void {
    const { dice, wall } = this.#deps;
    const now = wall();
    const before = dice.pick([now, now - dice.unit() * 5_000, now + 10_000]);
    this.#revokeFor(user, dice.chance(0.4) ? Math.round(before) : undefined);
  }

  #ambush(user: string): void {
    const { dice, ambush, fleet } = this.#deps;
    const victim = dice.any(fleet.serving());
    if (victim === undefined) return;
    const kind = dice.pick(AMBUSHES);
    const worstMs = ambush(kind, victim.process);
    if (kind === 'late-consent') this.#consentTwice(user, victim);
    else if (kind === 'late-answer') this.#comeBack(user, worstMs, victim);
    else if (kind !== 'come-back') this.#revokeWhileFetching(user, victim, worstMs);
    else this.#comeBack(user, this.#profile.boundMs + dice.between(500, 5_000));
  }

  /** One replica is in trouble while its tokens are fetched, and another one takes the revoke. */
  #revokeWhileFetching(user: string, victim: Serving, worstMs: number): void {
    const { dice, fleet } = this.#deps;
    this.#getEverywhere(user);
    this.#after(worstMs, () => {
      const other = dice.any(fleet.serving().filter((serving) => serving !== victim));
      this.#revokeFor(user, undefined, other);
    });
  }

  /** Revoked while a token is fetched, or a code exchanged; connected again, and revoked again. */
  #comeBack(user: string, againMs: number, victim?: Serving): void {
    if (victim === undefined) this.#getEverywhere(user);
    else this.#exchangeNew(user, victim);
    this.#after(20, () => this.#revokeFor(user, undefined));
    const backMs = this.#profile.boundMs + this.#deps.dice.unit() * 1_000;
    this.#after(backMs, () => this.#exchangeNew(user));
    this.#after(backMs + this.#deps.dice.unit() * 500, () => this.#getEverywhere(user));
    this.#after(againMs, () => this.#revokeFor(user, undefined));
  }

  /** Before a consent is stored its user ends it at Google, and gives another one. */
  #consentTwice(user: string, victim: Serving): void {
    const { dice, google } = this.#deps;
    this.#exchangeNew(user, victim);
    const ms = dice.between(20, 600);
    this.#after(ms, () => google.userLeaves(user));
    this.#after(ms + dice.unit() * 500, () => this.#exchangeNew(user));
  }

  #after(ms: number, act: () => void): void {
    this.#deps.scheduler.after(ms, () => this.#isResting || act());
  }

  /** A message that may come more than once, as queues deliver them: also while it is at work. */
  #revokeFor(user: string, grantedBefore: number | undefined, where?: Serving): void {
    const { dice } = this.#deps;
    const revoke = (serving: Serving) => this.#callers.revoke(serving, user, grantedBefore);
    if (where === undefined) this.#at(revoke);
    else revoke(where);
    if (this.#reactions === 0 || !dice.chance(0.3)) return;
    this.#reactions -= 1;
    this.#after(dice.pick([2, 30, 600, 1_500]), () => this.#revokeFor(user, grantedBefore));
  }

  /** What follows from an answer, at once or a little later, at any replica. */
  #react({ call, answer }: OperationOf<Call['kind']>): void {
    if (answer?.kind === 'ok' && 'token' in answer) this.#lastTokens.set(call.user, answer.token);
    const { dice } = this.#deps;
    if (this.#isResting || this.#reactions === 0 || !dice.chance(0.75)) return;
    this.#reactions -= 1;
    const after = (act: () => void) => this.#after(dice.pick([0, 0, 5, 300]), act);
    if (call.kind === 'revoke' && answer?.kind === 'ok') {
      // The first moment at which no replica may serve the user any more, and a little later.
      after(() => this.#getEverywhere(call.user));
      if (this.#profile.isDuel) after(() => this.#getEverywhere(call.user));
    } else if (call.kind === 'revoke') after(() => this.#revoke(call.user));
    else if (call.kind === 'exchange' && answer?.kind === 'ok') {
      after(() => this.#getEverywhere(call.user));
    } else if (call.kind === 'exchange') this.#reactToRefusedExchange(call.user, after);
    else if (call.kind === 'get' && answer?.kind === 'failed') {
      after(() => (dice.chance(0.5) ? this.#get(call.user) : this.#exchangeNew(call.user)));
    }
  }

  #getEverywhere(user: string): void {
    for (const serving of this.#deps.fleet.serving()) this.#get(user, serving);
  }

  #reactToRefusedExchange(user: string, after: (act: () => void) => void): void {
    after(() => (this.#deps.dice.chance(0.6) ? this.#repeat() : this.#exchangeNew(user)));
  }

  #at(call: (serving: Serving) => void): void {
    const serving = this.#deps.dice.any(this.#deps.fleet.serving());
    if (serving !== undefined) call(serving);
  }

  #user(): string {
    return this.#deps.dice.pick(this.#deps.users);
  }

  #oauthClient(): string {
    return this.#deps.dice.pick(this.#deps.oauthClients);
  }
}
