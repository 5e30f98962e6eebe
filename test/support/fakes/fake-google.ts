import { type Clock, sleep } from '../../../src/domain/clock.ts';
import { Failure } from '../../../src/domain/failure.ts';
import type { IdTokenExpectation, IdTokenVerifier } from '../../../src/domain/id-token-verifier.ts';
import {
  type ClientCredentials,
  type CodeExchange,
  type CredentialsVerdict,
  NOBODYS_REFRESH_TOKEN,
  type NoAnswer,
  type OAuthProvider,
  type RefreshRequest,
  type TokenOutcome,
  verdictOf,
} from '../../../src/domain/oauth-provider.ts';
import type { Identity } from '../../../src/domain/profile.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { type FakeClient, type FakeCode, GoogleProject } from './google-project.ts';

export type Operation = 'exchange' | 'refresh' | 'revoke' | 'probe';

/** The connection broke after the request was written. */
export const DROPPED: NoAnswer = { kind: 'no_answer', cause: 'unavailable', sent: true };
/** There was no connection. */
export const NOT_SENT: NoAnswer = { kind: 'no_answer', cause: 'unavailable', sent: false };
export const RATE_LIMITED: NoAnswer = { kind: 'no_answer', cause: 'rate_limited', sent: true };

/** What happens to one request instead of the ordinary. */
export interface Step {
  /** Given instead of Google's answer, or made from it. Default: Google's answer. */
  readonly answer?: TokenOutcome | ((real: TokenOutcome) => TokenOutcome);
  /** Whether Google acts on the request at all. Default: only where its answer is needed. */
  readonly effect?: boolean;
  /** Waited for before Google acts. */
  readonly before?: Promise<unknown>;
  /** Waited for after Google acted and before it answers. */
  readonly after?: Promise<unknown>;
  /** Called when the request has reached Google. */
  readonly arrived?: () => void;
}

/** A request that stands still until it is released. */
export interface Held {
  /** Settles when the request is where it was to be held. */
  readonly arrived: Promise<void>;
  release(): void;
}

/** One request that was sent to Google. */
export interface SentRequest {
  readonly operation: Operation;
  /** The code or refresh token. */
  readonly token: Secret;
  readonly clientId?: string;
  readonly clientSecret?: Secret;
  readonly redirectUri?: string;
  readonly scopes?: readonly string[];
}

/**
 * Google in memory, behind both ports. Tests say in advance what goes wrong with the next request
 * of a kind; all else behaves as Google does.
 */
export class FakeGoogle implements OAuthProvider, IdTokenVerifier {
  readonly project: GoogleProject;
  /** Everything that went out, oldest first; requests answered NOT_SENT are not in it. */
  readonly requests: SentRequest[] = [];
  /** Set: every request gets this answer, and Google does nothing. */
  down: NoAnswer | undefined;
  /** False: no signing keys can be had. */
  keysAvailable = true;
  /** Time on the way to Google, and again on the way back. */
  latencyMs = 0;

  readonly #clock: Clock;
  readonly #steps: Record<Operation, Step[]> = {
    exchange: [],
    refresh: [],
    revoke: [],
    probe: [],
  };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.project = new GoogleProject(clock);
  }

  addClient(client: FakeClient): void {
    this.project.setClient(client);
  }

  mintCode(code: FakeCode): Secret {
    return this.project.mintCode(code);
  }

  /** Queues `step` for the next request of this kind that has none yet. */
  next(operation: Operation, step: Step | TokenOutcome): void {
    this.#steps[operation].push('kind' in step ? { answer: step } : step);
  }

  /** The next request takes effect at Google, and its answer is lost. */
  nextLosesAnswer(operation: Operation): void {
    this.next(operation, { answer: DROPPED, effect: true });
  }

  /** Stops the next request of this kind before or after Google acts on it. */
  hold(operation: Operation, where: 'before' | 'after' = 'before'): Held {
    const arrival = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    this.next(operation, { [where]: gate.promise, arrived: arrival.resolve });
    return { arrived: arrival.promise, release: gate.resolve };
  }

  /** How many requests of this kind were sent, or how often this code or token was. */
  count(operation: Operation, token?: Secret): number {
    const alike = this.requests.filter((sent) => sent.operation === operation);
    return alike.filter((sent) => token === undefined || sent.token.equals(token)).length;
  }

  exchangeCode(client: ClientCredentials, exchange: CodeExchange): Promise<TokenOutcome> {
    const { code, redirectUri } = exchange;
    const request = { operation: 'exchange', token: code, ...client, redirectUri } as const;
    return this.#send(request, () => this.project.exchange(client, exchange));
  }

  refresh(client: ClientCredentials, request: RefreshRequest): Promise<TokenOutcome> {
    const { refreshToken: token, scopes } = request;
    const sent = { operation: 'refresh', token, ...client, ...(scopes && { scopes }) } as const;
    return this.#send(sent, () => this.project.refresh(client, request));
  }

  async revoke(refreshToken: Secret): Promise<'revoked' | 'no_answer'> {
    const outcome = await this.#send({ operation: 'revoke', token: refreshToken }, () => {
      this.project.revoke(refreshToken);
      return { kind: 'refused', cause: 'invalid_grant' };
    });
    return outcome.kind === 'no_answer' ? 'no_answer' : 'revoked';
  }

  async probe(client: ClientCredentials): Promise<CredentialsVerdict> {
    const token = new Secret(NOBODYS_REFRESH_TOKEN);
    const sent = { operation: 'probe', token, ...client } as const;
    return verdictOf(await this.#send(sent, () => this.project.probe(client)));
  }

  async prepare(): Promise<void> {
    if (!this.keysAvailable) throw new Failure('PROVIDER_UNAVAILABLE');
  }

  async verify(idToken: Secret, expected: IdTokenExpectation): Promise<Identity | undefined> {
    const claims = this.project.idTokenClaims(idToken);
    if (claims === undefined || claims.aud !== expected.clientId) return undefined;
    if (expected.nonce !== undefined && claims.nonce !== expected.nonce) return undefined;
    return { userId: claims.sub, profile: claims.profile };
  }

  async #send(request: SentRequest, act: () => TokenOutcome): Promise<TokenOutcome> {
    const step = this.#steps[request.operation].shift() ?? this.#outage();
    const sent = !(isNoAnswer(step.answer) && !step.answer.sent);
    if (sent) this.requests.push(request);
    await this.#travel();
    if (step.before !== undefined) step.arrived?.();
    await step.before;
    const acts = step.effect ?? (step.answer === undefined || typeof step.answer === 'function');
    const real = acts ? act() : DROPPED;
    if (step.before === undefined) step.arrived?.();
    await step.after;
    await this.#travel();
    return typeof step.answer === 'function' ? step.answer(real) : (step.answer ?? real);
  }

  async #travel(): Promise<void> {
    if (this.latencyMs > 0) await sleep(this.#clock, this.latencyMs);
  }

  #outage(): Step {
    return this.down === undefined ? {} : { answer: this.down };
  }
}

function isNoAnswer(answer: Step['answer']): answer is NoAnswer {
  return typeof answer === 'object' && answer.kind === 'no_answer';
}
