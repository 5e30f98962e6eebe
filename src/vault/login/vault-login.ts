import { backoffMs } from '../../concurrency/backoff.ts';
import type { Logger } from '../../domain/logger.ts';
import type { Metrics } from '../../domain/metrics.ts';
import type { Random } from '../../domain/random.ts';
import type { Secret } from '../../domain/secret.ts';
import type { GivenToken } from '../../domain/vault-auth.ts';
import type { AccessLosses } from '../access-losses.ts';
import { type Lease, leaseOf } from './lease.ts';
import { LoginFault, type LoginFaultKind } from './login-fault.ts';
import type { Granted, LoginMethod } from './login-method.ts';
import type { LoginAuth } from './login-methods.ts';
import { loginWaitMs } from './login-wait.ts';
import { NextAction } from './next-action.ts';
import { type RetiringDeps, RetiringTokens } from './retiring-tokens.ts';
import { adopt, renewSelf, revokeSelf } from './token-requests.ts';
import type { TokenSource } from './token-source.ts';

export interface VaultLoginDeps extends RetiringDeps {
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly losses: AccessLosses;
  readonly methodOf: (auth: LoginAuth) => LoginMethod;
}

const RENEWAL_BACKOFF = { firstMs: 1_000, mostMs: 30_000 };
/** The files that logins need are looked at so often. */
const LOOK_MS = 1_000;
/** New tokens that die so young, one after the other, are no accident. */
const YOUNG_MS = 5_000;
const MOST_YOUNG_DEATHS = 4;

/**
 * Keeps a living token: renews it at two thirds of its lease, has the next one before it ends, and
 * gets another when Vault does not know it any more. What Vault said of the lease decides, by our own
 * clock: nobody asks Vault how long a token has.
 */
export class VaultLogin implements TokenSource {
  #method: LoginMethod;
  readonly #deps: VaultLoginDeps;
  #lease: Lease | undefined;
  readonly #next: NextAction;
  #underWay: Promise<LoginFault | undefined> | undefined;
  #failed: { readonly fault: LoginFault; readonly until: number } | undefined;
  /** Logins that failed since the last that did not: Vault counts refusals whatever lies between. */
  readonly #failures = new Map<LoginFaultKind, number>();
  #youngDeaths = 0;
  readonly #retiring: RetiringTokens;
  #stopped = false;

  constructor(auth: LoginAuth, deps: VaultLoginDeps) {
    this.#method = deps.methodOf(auth);
    this.#deps = deps;
    this.#next = new NextAction(deps.clock);
    this.#retiring = new RetiringTokens(deps);
  }

  get token(): Secret | undefined {
    return this.#lease?.token;
  }

  get tokenLeftMs(): number {
    if (this.#lease === undefined) return 0;
    const { since, leaseMs } = this.#lease;
    return Math.max(0, since + leaseMs - this.#deps.clock.monotonic());
  }

  async start(): Promise<void> {
    const fault = await this.#getToken();
    if (fault !== undefined) throw fault;
  }

  async replace(dead: Secret | undefined): Promise<LoginFault | undefined> {
    if (dead === undefined || this.#lease?.token.equals(dead) === false) return undefined;
    if (this.#underWay !== undefined) return this.#underWay;
    const now = this.#deps.clock.monotonic();
    if (this.#failed !== undefined && now < this.#failed.until) {
      return this.#method.hasNewCredentials() ? this.#logIn() : this.#failed.fault;
    }
    const young = this.#lease !== undefined && now - this.#lease.since < YOUNG_MS;
    this.#youngDeaths = young ? this.#youngDeaths + 1 : 0;
    if (this.#youngDeaths < MOST_YOUNG_DEATHS) return this.#logIn();
    return this.#fail(
      new LoginFault(
        'refused',
        'Each new token is dead within seconds: set `token_num_uses` of the role to 0, and compare its bound addresses with this host.',
      ),
    );
  }

  retryNow(): void {
    if (this.#failed !== undefined) void this.#logIn();
  }

  take(given: GivenToken): void {
    const { token } = given;
    this.#hold({ token, leaseMs: Infinity, renewable: false }, this.#deps.clock.monotonic());
    this.#method = this.#deps.methodOf(given);
    void this.#learnLease(token);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#next.stop();
    await this.#underWay;
    await this.#retiring.endAll();
    const { ask } = this.#deps;
    if (this.#method.makesTokens && this.#lease) await revokeSelf(ask, this.#lease.token);
  }

  /** One at a time; what goes wrong is told and tried again. */
  #logIn(): Promise<LoginFault | undefined> {
    if (this.#stopped) return Promise.resolve(this.#failed?.fault);
    const attempt = async () => {
      const fault = await this.#getToken();
      return fault === undefined ? undefined : this.#fail(fault);
    };
    this.#underWay ??= attempt().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #getToken(): Promise<LoginFault | undefined> {
    const { clock, metrics } = this.#deps;
    const since = clock.monotonic();
    const method = this.#method.name;
    try {
      const granted = await this.#method.login();
      metrics.count('tokenvault_vault_logins_total', { method, outcome: 'ok' });
      this.#hold(granted, since);
      return undefined;
    } catch (error) {
      if (!(error instanceof LoginFault)) throw error;
      metrics.count('tokenvault_vault_logins_total', { method, outcome: error.kind });
      return error;
    }
  }

  /** From now on requests show this token; the one of before ends when none shows it any more. */
  #hold(granted: Granted, since: number): void {
    const { losses, logger } = this.#deps;
    const before = this.#lease;
    this.#lease = leaseOf(granted, since, this.#deps);
    this.#failed = undefined;
    this.#failures.clear();
    losses.end('token_dead', 'login_refused');
    if (before !== undefined && !before.token.equals(granted.token)) {
      logger.info('vault_token_replaced', { method: this.#method.name });
      if (this.#method.makesTokens) this.#retiring.add(before.token);
    }
    this.#plan();
  }

  /** A token that was given to us and does not grow any more cannot be helped from here. */
  #plan(): void {
    if (this.#lease === undefined) return;
    const { renewAt, replaceAt } = this.#lease;
    if (renewAt !== undefined) this.#when(renewAt, () => this.#renew(1));
    else if (this.#method.makesTokens) this.#when(replaceAt, () => this.#logIn());
    else this.#next.none();
  }

  /**
   * Acts at `time`. Other credentials are shown to Vault as soon as they are there: of wrong ones
   * somebody hears while the token lives, and not when it is too late.
   */
  #when(time: number, act: () => unknown): void {
    const isWatched = this.#method.makesTokens || this.#failed !== undefined;
    const look = isWatched ? Math.min(time, this.#deps.clock.monotonic() + LOOK_MS) : time;
    this.#next.at(look, () => {
      if (isWatched && this.#method.hasNewCredentials()) return this.#logIn();
      if (look === time) return act();
      this.#when(time, act);
    });
  }

  async #renew(attempt: number): Promise<void> {
    const before = this.#lease;
    const fault = await this.#extend();
    if (fault === undefined || before === undefined) return;
    const { clock, random } = this.#deps;
    const { makesTokens } = this.#method;
    const late = makesTokens && clock.monotonic() >= before.replaceAt;
    if (fault.kind === 'refused' || late) return void this.#logIn();
    const again = clock.monotonic() + backoffMs(attempt, RENEWAL_BACKOFF, random);
    const due = makesTokens ? Math.min(again, before.replaceAt) : again;
    this.#when(due, () => this.#renew(attempt + 1));
  }

  /** Asks for a longer lease. @returns why there is none, unless another token is in use by then */
  async #extend(): Promise<LoginFault | undefined> {
    const before = this.#lease;
    if (before === undefined) return undefined;
    const { ask, clock, random, losses } = this.#deps;
    const since = clock.monotonic();
    try {
      const granted = await renewSelf(ask, before.token);
      if (this.#lease !== before) return undefined;
      this.#lease = leaseOf({ ...granted, token: before.token }, since, { random, before });
      this.#failed = undefined;
      losses.end('login_refused');
      this.#plan();
      return undefined;
    } catch (error) {
      if (!(error instanceof LoginFault)) throw error;
      return this.#lease === before ? error : undefined;
    }
  }

  /** Of a token that was taken without asking. */
  async #learnLease(token: Secret): Promise<void> {
    const since = this.#deps.clock.monotonic();
    try {
      const granted = await adopt(this.#deps.ask, token);
      if (this.#lease?.token === token) this.#hold(granted, since);
    } catch (error) {
      if (!(error instanceof LoginFault)) throw error;
      // It is in use already: a dead one shows at the next request.
      this.#deps.logger.warn('vault_token_not_renewed', { problem: error.message });
    }
  }

  #fail(fault: LoginFault): LoginFault {
    const { clock, losses, random } = this.#deps;
    const { name: method, locksOut, makesTokens } = this.#method;
    const { kind, message } = fault;
    const attempts = (this.#failures.get(kind) ?? 0) + 1;
    this.#failures.set(kind, attempts);
    const until = clock.monotonic() + loginWaitMs({ kind, attempts, locksOut }, random);
    this.#failed = { fault, until };
    // That a given token is dead is told where a request has met it.
    if (kind !== 'unavailable' && makesTokens) {
      losses.note('login_refused', message, (alerts) =>
        alerts.raise('vault_login_refused', { method, problem: message }),
      );
    }
    this.#when(until, () => this.#retry());
    return fault;
  }

  /** A token that still lives may get a longer lease, although logins are refused. */
  async #retry(): Promise<void> {
    if (this.#lease?.renewAt !== undefined && (await this.#extend()) === undefined) return;
    await this.#logIn();
  }
}
