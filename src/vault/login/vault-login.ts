import { backoffMs } from '../../concurrency/backoff.ts';
import type { Logger } from '../../domain/logger.ts';
import type { Metrics } from '../../domain/metrics.ts';
import type { Random } from '../../domain/random.ts';
import type { Secret } from '../../domain/secret.ts';
import type { GivenToken } from '../../domain/vault-auth.ts';
import type { AccessLosses } from '../access-losses.ts';
import { type Lease, leaseOf } from './lease.ts';
import { LoginFailures } from './login-failures.ts';
import { diesYoung, LoginFault, type LoginFaultKind, noteRefused } from './login-fault.ts';
import type { Granted, LoginMethod } from './login-method.ts';
import type { LoginAuth } from './login-methods.ts';
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
  readonly #nextLogin: NextAction;
  readonly #nextRenewal: NextAction;
  #underWay: Promise<LoginFault | undefined> | undefined;
  readonly #failures: LoginFailures;
  #youngDeaths = 0;
  readonly #retiring: RetiringTokens;
  #stopped = false;

  constructor(auth: LoginAuth, deps: VaultLoginDeps) {
    this.#method = deps.methodOf(auth);
    this.#deps = deps;
    this.#failures = new LoginFailures(deps);
    this.#nextLogin = new NextAction(deps.clock);
    this.#nextRenewal = new NextAction(deps.clock);
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
    const failed = this.#failures.last;
    if (failed !== undefined && now < failed.until) {
      return this.#mayShowOthers() ? this.#logIn() : failed.fault;
    }
    const young = this.#lease !== undefined && now - this.#lease.since < YOUNG_MS;
    this.#youngDeaths = young ? this.#youngDeaths + 1 : 0;
    if (this.#youngDeaths < MOST_YOUNG_DEATHS) return this.#logIn();
    return this.#fail(diesYoung());
  }

  retryNow(): void {
    const mayTry = !this.#failures.mayLock(this.#method);
    if (this.#failures.last !== undefined && mayTry) void this.#logIn();
  }

  take(given: GivenToken): void {
    const { token } = given;
    this.#hold({ token, leaseMs: Infinity, renewable: false }, this.#deps.clock.monotonic());
    this.#method = this.#deps.methodOf(given);
    void this.#learnLease(token);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#nextLogin.stop();
    this.#nextRenewal.stop();
    await this.#underWay;
    await this.#retiring.endAll();
    const { ask } = this.#deps;
    if (this.#method.makesTokens && this.#lease) await revokeSelf(ask, this.#lease.token);
  }

  /** One at a time; what goes wrong is told and tried again. */
  #logIn(): Promise<LoginFault | undefined> {
    if (this.#stopped) return Promise.resolve(this.#failures.last?.fault);
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
    const method = this.#method;
    const count = (outcome: LoginFaultKind | 'ok') =>
      metrics.count('tokenvault_vault_logins_total', { method: method.name, outcome });
    try {
      const granted = await method.login();
      count('ok');
      if (this.#method === method) this.#hold(granted, since);
      // The configuration gave another token meanwhile, which stays.
      else if (method.makesTokens) this.#retiring.add(granted.token);
      return undefined;
    } catch (error) {
      if (!(error instanceof LoginFault)) throw error;
      count(error.kind);
      return this.#method === method ? error : undefined;
    }
  }

  /** From now on requests show this token; the one of before ends when none shows it any more. */
  #hold(granted: Granted, since: number): void {
    const { losses, logger } = this.#deps;
    const before = this.#lease;
    this.#lease = leaseOf(granted, since, this.#deps);
    this.#failures.clear();
    losses.end('token_dead');
    if (granted.problem === undefined) losses.end('login_refused');
    else noteRefused(losses, this.#method, granted.problem);
    if (before !== undefined && !before.token.equals(granted.token)) {
      logger.info('vault_token_replaced', { method: this.#method.name });
      if (this.#method.makesTokens) this.#retiring.add(before.token);
    }
    this.#plan();
  }

  #plan(): void {
    if (this.#lease === undefined) return;
    const { renewAt, replaceAt } = this.#lease;
    if (renewAt === undefined) this.#nextRenewal.none();
    else this.#nextRenewal.at(renewAt, () => this.#renew(1));
    // A token that was given to us and does not grow any more cannot be helped from here.
    const failed = this.#failures.last;
    if (failed !== undefined) this.#logInAt(failed.until);
    else if (!this.#method.makesTokens) this.#nextLogin.none();
    else this.#logInAt(renewAt === undefined ? replaceAt : Infinity);
  }

  /**
   * Other credentials are shown to Vault before `time`, as soon as they are there: of wrong ones
   * somebody hears while the token lives, and not when it is too late.
   */
  #logInAt(time: number): void {
    const look = Math.min(time, this.#deps.clock.monotonic() + LOOK_MS);
    this.#nextLogin.at(look, () => {
      if (look === time || this.#mayShowOthers()) return this.#logIn();
      this.#logInAt(time);
    });
  }

  /** Other credentials are there, and were they wrong too, nobody would be locked out. */
  #mayShowOthers(): boolean {
    return !this.#failures.mayLock(this.#method) && this.#method.hasNewCredentials();
  }

  /** Goes on while logins are refused too: what they wait for is their own matter. */
  async #renew(attempt: number): Promise<void> {
    const before = this.#lease;
    const fault = await this.#extend();
    if (fault === undefined || before === undefined) return;
    const { clock, random } = this.#deps;
    const isDead = fault.kind === 'refused';
    const mayWait = !this.#method.makesTokens || clock.monotonic() < before.replaceAt;
    if (this.#failures.last === undefined && (isDead || !mayWait)) void this.#logIn();
    if (isDead) return;
    const again = clock.monotonic() + backoffMs(attempt, RENEWAL_BACKOFF, random);
    const due = this.#method.makesTokens && mayWait ? Math.min(again, before.replaceAt) : again;
    this.#nextRenewal.at(due, () => this.#renew(attempt + 1));
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
      // Credentials that are refused stay so, however long this token lives.
      if (!losses.has('login_refused')) this.#failures.forgetLast();
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
    const method = this.#method;
    const { until } = this.#failures.add(fault, method);
    // That a given token is dead is told where a request has met it.
    if (fault.kind !== 'unavailable' && method.makesTokens) {
      noteRefused(this.#deps.losses, method, this.#failures.problemWith(fault, method));
    }
    this.#logInAt(until);
    return fault;
  }
}
