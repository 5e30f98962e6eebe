import type { LRUCache } from 'lru-cache';
import { boundedMap } from '../concurrency/bounded-map.ts';
import { type Clock, type Instant, instantOf } from '../domain/clock.ts';
import type { Random } from '../domain/random.ts';
import { canonicalScopes } from '../domain/scopes.ts';
import { AccessToken } from './access-token.ts';
import { HeldToken, type Pace } from './held-token.ts';
import type { GetAccessTokenRequest, GetAccessTokenResponse } from './messages.ts';
import { DEFAULT_MIN_TTL_MS } from './min-ttl.ts';
import { TokenFlights } from './token-flights.ts';
import { asked, type TokenQuestion } from './token-question.ts';
import { type TokenRequest, tokenKeyText, userKeyText } from './token-request.ts';
import { TokenVaultError } from './token-vault-error.ts';

/** TokenVault is left alone for so long after it could not answer and did not say for how long. */
const REST_MS = 5_000;
/** So many tokens are renewed in the background at a time; the others at a later use. */
const MOST_RENEWALS = 32;

/** Statuses by which TokenVault, with a reason, refuses this very token. All others say nothing about it. */
const REFUSALS: ReadonlySet<string> = new Set([
  'FAILED_PRECONDITION',
  'NOT_FOUND',
  'PERMISSION_DENIED',
]);

export interface LocalTokensOptions {
  /** Tokens that are held at most, 0 or more; those that were not used for longest go first. */
  readonly most: number;
  /** A token that is in use is asked for again after this, in the background. */
  readonly recheckMs: number;
  /** Calls TokenVault; rejects with TokenVaultError. */
  readonly call: (request: GetAccessTokenRequest) => Promise<GetAccessTokenResponse>;
  readonly clock: Clock;
  readonly random: Pick<Random, 'unit'>;
}

/** What came for a question. */
interface Answer {
  readonly answer: GetAccessTokenResponse;
  readonly since: Instant;
  /** Whether it is for those who come later, too. */
  readonly isWanted: boolean;
}

/**
 * The access tokens of this process. One that is held costs no call. Who uses it has it renewed ahead
 * of its end, without a wait; any number of calls for one token make one call to TokenVault.
 */
export class LocalTokens {
  readonly #options: LocalTokensOptions;
  readonly #held: LRUCache<string, HeldToken>;
  readonly #flights = new TokenFlights<AccessToken>();
  #renewals = 0;
  /** Nobody who holds a token waits for TokenVault before this: it could not answer just now. */
  #awayUntil = 0;

  constructor(options: LocalTokensOptions) {
    this.#options = options;
    this.#held = boundedMap(Math.max(options.most, 1));
  }

  get size(): number {
    return this.#held.size;
  }

  /** Rejects with TokenVaultError where no token is held that will do, and TokenVault gives none. */
  get(request: TokenRequest): Promise<AccessToken> {
    const text = tokenKeyText(request);
    const held = this.#held.get(text);
    const { minTtlMs = DEFAULT_MIN_TTL_MS } = request;
    const question = { text, subject: request, minTtlMs };
    if (held === undefined) return this.#fetch(question, request);
    const { accessToken: rejectedToken } = held.token;
    if (held.isRefused) return this.#fetch({ ...question, rejectedToken }, request);
    const now = this.#now();
    const fitness = held.fitness(request.minTtlMs, now);
    const isTaken = fitness === 'good' || (fitness === 'makeshift' && held.isOrphaned);
    if (!isTaken) return this.#fetch(question, request);
    if (!held.isDue(now)) return held.answer;
    const renewal = { ...question, minTtlMs: Math.max(minTtlMs, held.renewalTtlMs(now)) };
    if (held.isOverdue(now) && now.monotonic >= this.#awayUntil)
      return this.#fetch(renewal, request);
    this.#renew(renewal, held);
    return held.answer;
  }

  /**
   * Another token than the one that Google refuses. However many calls were refused, TokenVault hears
   * of it once. Rejects with TokenVaultError.
   */
  replace(request: TokenRequest, rejectedToken: string): Promise<AccessToken> {
    const text = tokenKeyText(request);
    const held = this.#held.peek(text);
    if (held !== undefined && held.token.accessToken !== rejectedToken) return this.get(request);
    if (held !== undefined) held.isRefused = true;
    // It may bring the refused token back.
    this.#flights.leave(text);
    const { minTtlMs = DEFAULT_MIN_TTL_MS } = request;
    return this.#ask({ text, subject: request, minTtlMs, rejectedToken });
  }

  /** What was held, and what is on its way, is handed out to no call that comes later. */
  forgetUser(userId: string): void {
    this.#forget(userKeyText(userId));
  }

  forgetAll(): void {
    this.#forget('');
  }

  #forget(prefix: string): void {
    this.#flights.leaveAll(prefix);
    for (const text of [...this.#held.keys()]) {
      if (text.startsWith(prefix)) this.#held.delete(text);
    }
  }

  /** Asks, and makes do with what is held where TokenVault cannot answer. */
  async #fetch(question: TokenQuestion, { minTtlMs }: TokenRequest): Promise<AccessToken> {
    try {
      return await this.#ask(question);
    } catch (error) {
      const held = this.#held.peek(question.text);
      const isUsable = held?.isRefused === false && held.fitness(minTtlMs, this.#now()) !== 'over';
      if (!isUsable) throw error;
      return held.token;
    }
  }

  #renew(question: TokenQuestion, held: HeldToken): void {
    if (this.#renewals >= MOST_RENEWALS) return;
    this.#renewals += 1;
    held.isRenewing = true;
    const end = () => {
      this.#renewals -= 1;
      held.isRenewing = false;
    };
    // Nobody waits, and what a failure means for the token was noted when it came.
    this.#ask(question).then(end, end);
  }

  async #ask(question: TokenQuestion): Promise<AccessToken> {
    const { text, request } = asked(question);
    return this.#flights.run(text, question.minTtlMs, async (isWanted) => {
      const since = this.#now();
      try {
        const answer = await this.#options.call(request);
        return this.#hold(question, { answer, since, isWanted: isWanted() });
      } catch (error) {
        this.#note(question, error);
        throw error;
      }
    });
  }

  #hold(question: TokenQuestion, { answer, since, isWanted }: Answer): AccessToken {
    const { text, subject, rejectedToken } = question;
    const { accessToken, expireTime = new Date(since.wall) } = answer;
    const held = this.#held.peek(text);
    // Replicas of TokenVault hold different tokens of a user: the one that lives longer stays.
    const isLonger =
      rejectedToken === undefined &&
      held?.isRefused === false &&
      held.remainingMs(since) > expireTime.getTime() - since.wall;
    if (held !== undefined && (isLonger || held.token.accessToken === accessToken)) {
      if (isWanted) held.confirm(since, this.#pace());
      return held.token;
    }
    // The caller's own texts, which it has once for all users, and not a copy for each.
    const token = new AccessToken(accessToken, expireTime, canonicalScopes(subject.scopes));
    if (isWanted && this.#options.most > 0)
      this.#held.set(text, new HeldToken(token, since, this.#pace()));
    return token;
  }

  #note({ text, rejectedToken }: TokenQuestion, error: unknown): void {
    if (!(error instanceof TokenVaultError)) return;
    const { code, reason, retryAfterMs = REST_MS } = error;
    // A proxy in between refuses without a reason.
    if (REFUSALS.has(code) && reason !== undefined) {
      this.#held.delete(text);
      return;
    }
    const now = this.#now();
    // Without a reason it did not answer at all.
    if (reason === undefined) this.#awayUntil = now.monotonic + REST_MS;
    const held = this.#held.peek(text);
    if (held === undefined) return;
    held.rest(now, retryAfterMs, this.#options.random.unit());
    const isLimited = reason === 'CALLER_RATE_LIMITED';
    if (isLimited && rejectedToken === held.token.accessToken) held.isRefused = false;
  }

  #pace(): Pace {
    const jitter = 0.9 + 0.2 * this.#options.random.unit();
    return { recheckMs: this.#options.recheckMs, jitter };
  }

  #now(): Instant {
    return instantOf(this.#options.clock);
  }
}
