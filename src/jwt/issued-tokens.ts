import { hash } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../domain/caller.ts';
import { tokenCallerId } from '../domain/caller-matcher.ts';
import type { CallerTokens } from '../domain/caller-tokens.ts';
import type { Clock } from '../domain/clock.ts';
import type { ClosedKeys } from '../domain/closed-keys.ts';
import { Failure } from '../domain/failure.ts';
import type { Secret } from '../domain/secret.ts';
import type { TokenIssuer } from '../domain/token-issuer.ts';
import { IssuerKeys, type IssuerKeysDeps, type SigningKeys } from './issuer-keys.ts';
import { checkToken, type TokenFault, type UncheckedToken, uncheckedToken } from './token-check.ts';

/** Tokens that are known at a time. */
export const KNOWN_TOKENS = 10_000;
/** Calls at a time whose token is being checked: anybody can make them, and they may wait for keys. */
export const CALLS_WAITING = 1_000;

export interface IssuedTokensDeps extends IssuerKeysDeps {
  /** Where the keys of an issuer come from. Default: from where it publishes them. */
  readonly keysOf?: (issuer: TokenIssuer) => SigningKeys;
  /** Told how each check ended. Default: it is counted as a credential of a caller. */
  readonly checked?: (outcome: string) => void;
}

interface Issuer {
  readonly options: TokenIssuer;
  readonly keys: SigningKeys;
}

interface Known {
  readonly caller: Caller;
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** With one of these its signature was made. */
  readonly keys: SigningKeys;
  readonly keyId: string;
}

/** Bearer tokens of a few issuers. What has been checked is remembered until token or key end. */
export class IssuedTokens implements CallerTokens {
  readonly #clock: Clock;
  readonly #checked: (outcome: string) => void;
  readonly #issuers: ReadonlyMap<unknown, Issuer>;
  /** By the token's hash, like those that are being checked. */
  readonly #known = new LRUCache<string, Known>({ max: KNOWN_TOKENS });
  readonly #checking = new Map<string, Promise<Caller>>();
  #waiting = 0;

  constructor(issuers: readonly TokenIssuer[], deps: IssuedTokensDeps) {
    const { clock, metrics, keysOf = (issuer) => new IssuerKeys(issuer, deps) } = deps;
    this.#clock = clock;
    this.#checked =
      deps.checked ??
      ((outcome) => metrics.count('tokenvault_caller_credentials_total', { outcome }));
    this.#issuers = new Map(
      issuers.map((options) => [options.issuer, { options, keys: keysOf(options) }]),
    );
  }

  /** Fetches the keys, so that the first caller need not wait. It waits for nothing. */
  prepare(): void {
    void this.ready();
  }

  /** Whether the keys of all issuers can be had. */
  async ready(): Promise<boolean> {
    const ready = await Promise.all([...this.#issuers.values()].map(({ keys }) => keys.ready()));
    return ready.every((one) => one);
  }

  callerOf(token: Secret): Caller | Promise<Caller> {
    const key = hash('sha256', token.reveal(), 'base64');
    const known = this.#known.get(key);
    if (known !== undefined && this.#isGood(known)) return known.caller;
    if (this.#waiting >= CALLS_WAITING) throw this.#refused('token_waiting');
    this.#waiting += 1;
    return (this.#checking.get(key) ?? this.#begin(token, key)).finally(() => {
      this.#waiting -= 1;
    });
  }

  /** Lets the checks under way end, then ends the connections. No check may begin any more. */
  async close(options?: ClosedKeys): Promise<void> {
    const after = Promise.allSettled(this.#checking.values());
    const issuers = [...this.#issuers.values()];
    await Promise.all(issuers.map(({ keys }) => keys.close({ ...options, after })));
  }

  #isGood({ until, keys, keyId }: Known): boolean {
    return this.#clock.now() < until && keys.holds(keyId);
  }

  #begin(token: Secret, key: string): Promise<Caller> {
    const checking = this.#check(token, key).finally(() => this.#checking.delete(key));
    this.#checking.set(key, checking);
    return checking;
  }

  async #check(token: Secret, key: string): Promise<Caller> {
    const unchecked = uncheckedToken(token.reveal());
    if (unchecked === undefined) throw this.#refused('token_form');
    const issuer = this.#issuers.get(unchecked.issuer);
    if (issuer === undefined) throw this.#refused('token_issuer');
    const checked = await this.#checkAt(issuer, unchecked);
    if (this.#clock.now() < checked.until) this.#known.set(key, checked);
    this.#checked(checked.caller.proof);
    return checked.caller;
  }

  async #checkAt({ options, keys }: Issuer, token: UncheckedToken): Promise<Known> {
    const now = this.#clock.now();
    const checked = await checkToken(token, { issuer: options, keys, now });
    if (typeof checked === 'string') throw this.#refused(checked);
    const until = (checked.exp ?? 0) * 1_000;
    return { caller: callerFrom(options.issuer, checked), until, keys, keyId: `${token.keyId}` };
  }

  #refused(fault: TokenFault): Failure {
    this.#checked(fault);
    // It is not the token’s fault: the same one may be good in a moment.
    const isNotReady = fault === 'token_keys_unavailable' || fault === 'token_waiting';
    return new Failure(isNotReady ? 'NOT_READY' : 'CALLER_CREDENTIAL_INVALID', { detail: fault });
  }
}

function callerFrom(issuer: string, claims: JWTPayload): Caller {
  return {
    id: tokenCallerId(issuer, claims.sub ?? ''),
    proof: 'jwt',
    token: { issuer, claims },
  };
}
