import type { Clock } from '../domain/clock.ts';
import type {
  ClientCredentials,
  CodeExchange,
  CredentialsVerdict,
  NoAnswer,
  OAuthProvider,
  RefreshRequest,
  TokenOutcome,
} from '../domain/oauth-provider.ts';
import type { FailingDependency } from '../domain/replica-status.ts';
import type { Secret } from '../domain/secret.ts';

/** A failure says nothing about Google any more when nobody has asked for this long. */
const KNOWN_FOR_MS = 60_000;

const DETAILS = { unavailable: 'no usable answer', rate_limited: 'throttled' } as const;

/** The provider, and whether its token endpoint answers: known from the requests that are made anyway. */
export class WatchedProvider implements OAuthProvider {
  readonly #provider: OAuthProvider;
  readonly #clock: Clock;
  #failing: { readonly last: number; readonly dependency: FailingDependency } | undefined;

  constructor(provider: OAuthProvider, clock: Clock) {
    this.#provider = provider;
    this.#clock = clock;
  }

  /** Undefined while it answers, and while nothing is known. */
  get failing(): FailingDependency | undefined {
    if (this.#failing === undefined) return undefined;
    const { last, dependency } = this.#failing;
    return this.#clock.monotonic() - last <= KNOWN_FOR_MS ? dependency : undefined;
  }

  exchangeCode(client: ClientCredentials, exchange: CodeExchange): Promise<TokenOutcome> {
    return this.#watch(this.#provider.exchangeCode(client, exchange));
  }

  refresh(client: ClientCredentials, request: RefreshRequest): Promise<TokenOutcome> {
    return this.#watch(this.#provider.refresh(client, request));
  }

  /** Not watched: an answer that confirms nothing may be about this one token. */
  revoke(refreshToken: Secret): Promise<'revoked' | 'no_answer'> {
    return this.#provider.revoke(refreshToken);
  }

  /** Not watched either: it is rare, and what it needs is not what calls need. */
  probe(client: ClientCredentials): Promise<CredentialsVerdict> {
    return this.#provider.probe(client);
  }

  async #watch(request: Promise<TokenOutcome>): Promise<TokenOutcome> {
    const outcome = await request;
    this.#failing = outcome.kind === 'no_answer' ? this.#failure(outcome) : undefined;
    return outcome;
  }

  #failure({ cause: kind, outside }: NoAnswer) {
    const since = this.failing?.since ?? this.#clock.now();
    const cause = kind === 'rate_limited' ? 'throttled' : (outside ?? 'error');
    const dependency: FailingDependency = { name: 'google', cause, since, detail: DETAILS[kind] };
    return { last: this.#clock.monotonic(), dependency };
  }
}
