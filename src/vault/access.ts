import type { Cancel, Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { Logger } from '../domain/logger.ts';
import type { Secret } from '../domain/secret.ts';
import type { AccessCause } from '../domain/vault-access.ts';
import type { AccessLosses } from './access-losses.ts';
import type { TokenSource } from './login/token-source.ts';
import type { VaultClient } from './vault-client.ts';
import { VaultFault } from './vault-fault.ts';

export interface AccessDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly losses: AccessLosses;
  readonly tokens: TokenSource;
  /** What is wrong with what Vault allows; undefined where Vault does not say. */
  readonly check: () => Promise<readonly string[] | undefined>;
}

/** `again`: another token is in use by now, so the refused request, which did nothing, can be sent. */
export type Denial = 'again' | Failure;

/** A request that was answered 403. */
export interface DeniedRequest {
  /** In use when it began. */
  readonly token: Secret | undefined;
  /** What it needs that policies of earlier releases lack, such as `list on users/*`. */
  readonly needed?: string | undefined;
}

/** How soon it is seen that Vault allows again what it refused. */
const CHECK_MS = 2_000;
const SAY_AGAIN_MS = 60_000;
const CHECKED: readonly AccessCause[] = ['token_dead', 'policy_denies', 'mount_missing'];

/**
 * Finds out what a 403 means: OpenBao answers a dead token and a policy that denies alike, so the
 * token asks about itself. Any number of refused requests ask once together. What is lost is
 * remembered, and looked at until it is there again.
 */
export class Access {
  readonly #deps: AccessDeps;
  /** By what the request needs that policies of earlier releases lack. */
  readonly #asking = new Map<string, Promise<Denial>>();
  /** By what was missing: until when the log has heard of it. */
  readonly #saidUntil = new Map<string, number>();
  #nextCheck: Cancel | undefined;
  #stopped = false;

  constructor(deps: AccessDeps) {
    this.#deps = deps;
  }

  /** The token that a request is going to show. */
  get token(): Secret | undefined {
    return this.#deps.tokens.token;
  }

  /** What becomes of a request that was answered 403. */
  async denied(client: VaultClient, request: DeniedRequest): Promise<Denial> {
    if (this.token !== request.token) return 'again';
    const { needed = '' } = request;
    const running = this.#asking.get(needed);
    if (running !== undefined) return running;
    const asking = this.#ask(client, request).finally(() => this.#asking.delete(needed));
    this.#asking.set(needed, asking);
    return asking;
  }

  /** The failure that a request ends with that met no KV v2 mount. */
  misconfigured(): Failure {
    return this.#lost('mount_missing', 'a KV v2 mount is missing');
  }

  stop(): void {
    this.#stopped = true;
    this.#nextCheck?.();
  }

  async #ask(client: VaultClient, { token, needed }: DeniedRequest): Promise<Denial> {
    try {
      const { status } = await client.read('auth/token/lookup-self');
      if (this.token !== token) return 'again';
      if (status === 200 && needed !== undefined) return this.#lacks(needed);
      if (status === 200) return this.#lost('policy_denies', 'the policy denies a request');
      if (status === 403) return await this.#replace(token);
      return new Failure('STORE_UNAVAILABLE', { detail: `Vault answers ${status} to look-ups` });
    } catch (error) {
      if (!(error instanceof VaultFault)) throw error;
      return new Failure('STORE_UNAVAILABLE', { detail: error.message });
    }
  }

  /** Nothing else needs it, so nothing is lost that worked: whoever asked is told, and the log. */
  #lacks(needed: string): Failure {
    const { clock, logger } = this.#deps;
    const problem = `the policy lacks ${needed}`;
    const now = clock.monotonic();
    if (now >= (this.#saidUntil.get(needed) ?? 0)) {
      this.#saidUntil.set(needed, now + SAY_AGAIN_MS);
      logger.warn('vault_right_missing', { problem });
    }
    return new Failure('STORE_ACCESS_LOST', { detail: problem });
  }

  async #replace(token: Secret | undefined): Promise<Denial> {
    const fault = await this.#deps.tokens.replace(token);
    if (fault === undefined) return 'again';
    if (fault.kind !== 'unavailable') return this.#lost('token_dead', 'the token is dead');
    return new Failure('STORE_UNAVAILABLE', { detail: fault.message });
  }

  #lost(cause: AccessCause, problem: string): Failure {
    const { losses } = this.#deps;
    if (!losses.has(cause)) {
      losses.note(cause, problem, (alerts) => alerts.raise('store_access_lost', { problem }));
      this.#checkAfter(0);
    }
    return new Failure('STORE_ACCESS_LOST', { detail: problem });
  }

  #checkAfter(ms: number): void {
    if (this.#stopped) return;
    this.#nextCheck?.();
    this.#nextCheck = this.#deps.clock.schedule(ms, () => void this.#check());
  }

  /** Names what is missing, which the refusal did not, or finds that nothing is any more. */
  async #check(): Promise<void> {
    const { losses, check } = this.#deps;
    const problems = await check();
    if (problems?.length === 0) losses.end(...CHECKED);
    for (const { cause } of losses.all) {
      const named = problems !== undefined && problems.length > 0 && cause !== 'login_refused';
      if (named) losses.note(cause, problems.join(' '), () => undefined);
    }
    if (losses.all.some(({ cause }) => CHECKED.includes(cause))) this.#checkAfter(CHECK_MS);
  }
}
