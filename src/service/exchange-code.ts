import { within } from '../concurrency/within.ts';
import type { CallContext } from '../domain/caller.ts';
import { type CallerRights, notAllowed } from '../domain/caller-rights.ts';
import { type Clock, instantOf } from '../domain/clock.ts';
import type { ExchangeResponse } from '../domain/exchange-record.ts';
import { Failure, isFailure } from '../domain/failure.ts';
import type { IdTokenVerifier } from '../domain/id-token-verifier.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { OAuthClient } from '../domain/oauth-client.ts';
import type { NoAnswer, TokenOutcome, TokenReply } from '../domain/oauth-provider.ts';
import type { RevocationStore } from '../domain/revocation-store.ts';
import type { ActiveTerm } from './active-term.ts';
import type { Consent } from './consent.ts';
import type { ConsentCommitter } from './consent-committer.ts';
import { identityOf } from './exchange-identity.ts';
import type { Claim, ExchangeLedger } from './exchange-ledger.ts';
import type { ExchangeRemover } from './exchange-remover.ts';
import { ensureExpected, samenessOf } from './exchange-sameness.ts';
import { codeRefusedFailure, noAnswerFailure } from './google-failures.ts';
import type { GoogleGate } from './google-gate.ts';
import type { HeldCommits } from './held-commits.ts';
import type { NameBinder } from './name-binder.ts';
import type { OAuthClientCalls } from './oauth-client-calls.ts';
import type { OAuthClients } from './oauth-clients.ts';
import { redirectUriFor } from './redirect-uri.ts';
import type { RevocationView } from './revocation-view.ts';
import { RunningExchanges } from './running-exchanges.ts';
import type { ExchangeCodeRequest } from './token-vault.ts';
import type { UserRate } from './user-rate.ts';

/** An answer leaves this long before the caller stops listening. */
const ANSWER_AHEAD_MS = 200;

export interface ExchangeCodeDeps {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly idTokens: IdTokenVerifier;
  readonly keyedHash: KeyedHash;
  readonly revocations: RevocationStore;
}

export interface ExchangeCodeParts {
  readonly clients: OAuthClients;
  readonly calls: OAuthClientCalls;
  readonly googleGate: Pick<GoogleGate, 'enter'>;
  readonly ledger: ExchangeLedger;
  readonly remover: ExchangeRemover;
  readonly held: HeldCommits;
  readonly view: RevocationView;
  readonly consents: ConsentCommitter;
  readonly names: NameBinder;
  readonly rate: UserRate;
  readonly term: ActiveTerm;
}

/** A claimed code with everything that its exchange needs. */
interface Exchange {
  readonly claim: Claim;
  readonly client: OAuthClient;
  readonly redirectUri: string;
  readonly request: ExchangeCodeRequest;
  readonly rights: CallerRights;
}

/** What was noted just before the code was sent. */
type Noted = Pick<Consent, 'sentAt' | 'position' | 'mark'>;

interface Prepared {
  readonly noted: Noted;
  /** Gives back the place of the tokens that the code brings. */
  readonly release: () => void;
  /** Gives back the place on the way to Google. */
  readonly leave: () => void;
}

/** ExchangeCode: the code is written down before it is sent, sent once, and its tokens are never dropped. */
export class ExchangeCode {
  readonly #deps: ExchangeCodeDeps;
  readonly #parts: ExchangeCodeParts;
  readonly #running: RunningExchanges;

  constructor(deps: ExchangeCodeDeps, parts: ExchangeCodeParts) {
    this.#deps = deps;
    this.#parts = parts;
    this.#running = new RunningExchanges(deps.keyedHash);
  }

  /** A recorded outcome leaves by the same door as a new one. */
  async run(request: ExchangeCodeRequest, context: CallContext): Promise<ExchangeResponse> {
    const { caller, rights } = context;
    const { oauthClient, expectedUserId } = request;
    if (!rights.allowsClient(oauthClient)) throw notAllowed('oauthClient');
    if (expectedUserId !== undefined) this.#parts.rate.take(caller.id, expectedUserId);
    const response = await this.#outcome(request, context);
    ensureExpected(request, response);
    if (!rights.allowsUser(response.profile.hostedDomain)) throw notAllowed('user');
    return response;
  }

  async #outcome(request: ExchangeCodeRequest, context: CallContext): Promise<ExchangeResponse> {
    const client = await this.#parts.clients.get(request.oauthClient);
    const redirectUri = redirectUriFor(client, request);
    const deadline = context.deadline - ANSWER_AHEAD_MS;
    const wanted = {
      code: request.code,
      ...samenessOf(request, context, this.#deps.keyedHash),
    };
    const running = this.#running.find(wanted);
    if (running !== undefined) return this.#beforeDeadline(running, deadline);

    const claim = await this.#parts.ledger.claim(wanted, deadline).catch((error: unknown) => {
      // Others know nothing any more; the call that this one waited for is at work here.
      const work = this.#running.find(wanted);
      if (work === undefined || !isFailure(error, 'EXCHANGE_OUTCOME_UNKNOWN')) throw error;
      return this.#beforeDeadline(work, deadline);
    });
    if (!('version' in claim)) return claim;
    const work = this.#exchange({ claim, client, redirectUri, request, rights: context.rights });
    this.#running.add(wanted, work);
    return this.#beforeDeadline(work, deadline);
  }

  /** Codes that were claimed and have come to no outcome yet. */
  get running(): number {
    return this.#running.size;
  }

  /** Resolves when every code that was claimed has come to its outcome. */
  drained(): Promise<void> {
    return this.#running.drained();
  }

  /** The caller's deadline ends its waiting, not the exchange. */
  #beforeDeadline(work: Promise<ExchangeResponse>, deadline: number): Promise<ExchangeResponse> {
    const { clock } = this.#deps;
    const onTimeout = () => new Failure('EXCHANGE_IN_PROGRESS');
    return within(clock, deadline - clock.monotonic(), { work, onTimeout });
  }

  async #exchange(exchange: Exchange): Promise<ExchangeResponse> {
    this.#parts.remover.removeLater(exchange.claim.code);
    const { noted, release, leave } = await this.#prepare(exchange);
    try {
      const outcome = await this.#send(exchange).finally(leave);
      if (outcome.kind === 'tokens') return await this.#settle(exchange, outcome, noted);
      if (outcome.kind === 'no_answer') return await this.#noAnswer(exchange.claim, outcome);
      throw await this.#refuse(
        exchange.claim,
        codeRefusedFailure(outcome.cause, exchange.client.alias),
      );
    } finally {
      release();
    }
  }

  /** All that the answer will need is made sure of before the code is spent. */
  async #prepare({ claim, client, request }: Exchange): Promise<Prepared> {
    const { externalUserId } = request;
    let release: (() => void) | undefined;
    let leave: (() => void) | undefined;
    try {
      release = this.#parts.held.reserve();
      this.#parts.calls.ensureUsable(client);
      await this.#deps.idTokens.prepare();
      if (externalUserId !== undefined) await this.#parts.names.ready(externalUserId);
      leave = await this.#parts.googleGate.enter(client.alias, 'exchange');
      const mark = this.#parts.view.mark();
      // From a standby it would be an old position, and a revocation that is over would refuse the user.
      const { log } = await this.#parts.term.confirmed(() => this.#deps.revocations.readLog());
      const sentAt = instantOf(this.#deps.clock);
      return { noted: { position: log.count, mark, sentAt }, release, leave };
    } catch (error) {
      leave?.();
      release?.();
      await this.#parts.ledger.unsent(claim);
      throw error;
    }
  }

  #send({ client, redirectUri, request }: Exchange): Promise<TokenOutcome> {
    const { code, codeVerifier } = request;
    return this.#parts.calls.exchangeCode(client, { code, redirectUri, codeVerifier });
  }

  async #noAnswer(claim: Claim, outcome: NoAnswer): Promise<never> {
    if (!outcome.sent) {
      await this.#parts.ledger.unsent(claim);
      throw noAnswerFailure(outcome);
    }
    this.#deps.metrics.count('tokenvault_exchanges_outcome_unknown_total', {});
    throw new Failure('EXCHANGE_OUTCOME_UNKNOWN');
  }

  async #settle(exchange: Exchange, tokens: TokenReply, noted: Noted): Promise<ExchangeResponse> {
    const { claim, client, request, rights } = exchange;
    const answeredAt = instantOf(this.#deps.clock);
    const identity = await identityOf(tokens, exchange, this.#deps.idTokens);
    if (identity instanceof Failure) throw await this.#refuse(claim, identity);
    const { held, consents, ledger, names } = this.#parts;
    const { externalUserId, rebindExternalUser: rebind = false } = request;
    const refuse = async (error: unknown) => {
      throw await this.#refuse(claim, error);
    };
    const consent = { client, tokens, identity, answeredAt, externalUserId, ...noted };
    const stored = await consents.prepare(consent).catch(refuse);
    const { userId } = identity;
    const wanted =
      externalUserId === undefined ? undefined : { externalUserId, userId, rebind, rights };
    const binding = names.bound(wanted, stored);
    let response: ExchangeResponse | undefined;
    return held.run(userId, async () => {
      response ??= await binding.commit().catch(refuse);
      await ledger.done(claim, response);
      binding.settle();
      return binding.rebound() ? { ...response, rebound: true } : response;
    });
  }

  /** Records a failure that is an outcome; Vault's own failures are not, they are tried again. */
  async #refuse(claim: Claim, error: unknown): Promise<unknown> {
    if (error instanceof Failure && !NO_OUTCOME.has(error.reason)) {
      await this.#parts.ledger.failed(claim, error);
    }
    return error;
  }
}

/** Failures after which the same code may still come to an outcome, or to one that nobody knows. */
const NO_OUTCOME: ReadonlySet<string> = new Set([
  'STORE_UNAVAILABLE',
  'STORE_ACCESS_LOST',
  'CONCURRENT_UPDATE',
  'INTERNAL',
  'EXCHANGE_OUTCOME_UNKNOWN',
]);
