import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type Clock, type Instant, instantOf } from '../domain/clock.ts';
import type { Random } from '../domain/random.ts';
import { canonicalScopes } from '../domain/scopes.ts';
import { AccessToken } from './access-token.ts';
import { DEFAULT_MIN_TTL_MS, HeldToken, type Pace } from './held-token.ts';
import { GetAccessTokenRequest, type GetAccessTokenResponse } from './messages.ts';
import { TokenFlights } from './token-flights.ts';
import {
  type TokenRequest,
  type TokenSubject,
  tokenKeyText,
  userKeyText,
} from './token-request.ts';
import { TokenVaultError } from './token-vault-error.ts';

/** TokenVault is left alone for so long after it could not answer and did not say for how long. */
const REST_MS = 5_000;

/** Statuses by which TokenVault refuses this very token. All others say nothing about it. */
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

/** What TokenVault is asked, and where its answer is held. */
interface Question {
  readonly text: string;
  readonly subject: TokenSubject;
  readonly minTtlMs: number;
  /** Google refused this token. */
  readonly rejectedToken?: string;
}

/**
 * The access tokens of this process. One that is held costs no call. Who uses it has it renewed ahead
 * of its end, without a wait; any number of calls for one token make one call to TokenVault.
 */
export class LocalTokens {
  readonly #options: LocalTokensOptions;
  readonly #held: LRUCache<string, HeldToken>;
  readonly #flights = new TokenFlights<AccessToken>();

  constructor(options: LocalTokensOptions) {
    this.#options = options;
    // By size, so that memory grows with what is held: a mere maximum takes all of it at once.
    this.#held = new LRUCache({ maxSize: Math.max(options.most, 1), sizeCalculation: () => 1 });
  }

  get size(): number {
    return this.#held.size;
  }

  /** Rejects with TokenVaultError where no token is held that will do, and TokenVault gives none. */
  get(request: TokenRequest): Promise<AccessToken> {
    const text = tokenKeyText(request);
    const held = this.#held.get(text);
    if (held === undefined) return this.#fetch(text, request);
    const now = this.#now();
    const fitness = held.fitness(request.minTtlMs, now);
    const isTaken = fitness === 'good' || (fitness === 'makeshift' && held.isOrphaned);
    if (!isTaken) return this.#fetch(text, request);
    if (held.isDue(now)) this.#renew({ text, subject: request, minTtlMs: held.renewalTtlMs(now) });
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
    this.#flights.leave(prefix);
    for (const text of [...this.#held.keys()]) {
      if (text.startsWith(prefix)) this.#held.delete(text);
    }
  }

  /** Asks, and makes do with what is held where TokenVault cannot answer. */
  async #fetch(text: string, request: TokenRequest): Promise<AccessToken> {
    const { minTtlMs = DEFAULT_MIN_TTL_MS } = request;
    try {
      return await this.#ask({ text, subject: request, minTtlMs });
    } catch (error) {
      const held = this.#held.peek(text);
      if (held === undefined || held.fitness(request.minTtlMs, this.#now()) === 'over') throw error;
      return held.token;
    }
  }

  #renew(question: Question): void {
    this.#ask(question).catch(() => {
      // Nobody waits, and what it means for the token was noted when it came.
    });
  }

  #ask(question: Question): Promise<AccessToken> {
    const { text, minTtlMs, rejectedToken } = question;
    const hash = rejectedToken === undefined ? undefined : sha256(rejectedToken);
    const key = hash === undefined ? text : `${text}\n${hash.toString('base64')}`;
    return this.#flights.run(key, minTtlMs, async (isWanted) => {
      const asked = this.#now();
      try {
        const answer = await this.#options.call(requestFor(question, hash));
        return this.#hold(question, { answer, asked, isWanted: isWanted() });
      } catch (error) {
        this.#note(text, error);
        throw error;
      }
    });
  }

  #hold(
    { text, subject }: Question,
    {
      answer,
      asked,
      isWanted,
    }: { answer: GetAccessTokenResponse; asked: Instant; isWanted: boolean },
  ): AccessToken {
    const held = this.#held.peek(text);
    if (held !== undefined && held.token.accessToken === answer.accessToken) {
      held.confirm(asked, this.#pace());
      return held.token;
    }
    const { accessToken, expireTime = new Date(asked.wall) } = answer;
    // The caller's own texts, which it has once for all users, and not a copy for each.
    const token = new AccessToken(accessToken, expireTime, canonicalScopes(subject.scopes));
    if (isWanted && this.#options.most > 0)
      this.#held.set(text, new HeldToken(token, asked, this.#pace()));
    return token;
  }

  #note(text: string, error: unknown): void {
    const held = this.#held.peek(text);
    if (held === undefined || !(error instanceof TokenVaultError)) return;
    if (REFUSALS.has(error.code)) this.#held.delete(text);
    else held.rest(this.#now(), error.retryAfterMs ?? REST_MS);
  }

  #pace(): Pace {
    const jitter = 0.9 + 0.2 * this.#options.random.unit();
    return { recheckMs: this.#options.recheckMs, jitter };
  }

  #now(): Instant {
    return instantOf(this.#options.clock);
  }
}

function requestFor(
  { subject, minTtlMs }: Question,
  rejectedTokenSha256?: Buffer,
): GetAccessTokenRequest {
  const { userId, oauthClient, scopes } = subject;
  const seconds = Math.floor(minTtlMs / 1_000);
  const nanos = Math.round((minTtlMs % 1_000) * 1_000_000);
  return GetAccessTokenRequest.fromPartial({
    userId,
    oauthClient: oauthClient ?? '',
    scopes: [...scopes],
    minTtl: { seconds, nanos },
    ...(rejectedTokenSha256 && { rejectedTokenSha256 }),
  });
}

function sha256(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
