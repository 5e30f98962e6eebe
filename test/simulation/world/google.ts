import { Failure } from '../../../src/domain/failure.ts';
import type { IdTokenExpectation, IdTokenVerifier } from '../../../src/domain/id-token-verifier.ts';
import {
  type ClientCredentials,
  type CodeExchange,
  type CredentialsVerdict,
  type NoAnswer,
  type OAuthProvider,
  type RefreshRequest,
  type TokenOutcome,
  type TokenReply,
  verdictOf,
} from '../../../src/domain/oauth-provider.ts';
import type { Identity } from '../../../src/domain/profile.ts';
import type { Secret } from '../../../src/domain/secret.ts';
import type { GoogleProject } from '../../support/fakes/google-project.ts';
import type { GoogleWitness } from './google-witness.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimProcess } from './sim-process.ts';
import type { Tell } from './story.ts';
import type { Weather } from './weather.ts';

export interface GoogleDeps {
  readonly project: GoogleProject;
  readonly witness: GoogleWitness;
  readonly scheduler: Scheduler;
  readonly weather: Weather;
  readonly tell: Tell;
}

const EXCHANGE_TIMEOUT_MS = 30_000;
const TIMEOUT_MS = 5_000;
const DROPPED: NoAnswer = { kind: 'no_answer', cause: 'unavailable', sent: true };
const NOT_SENT: NoAnswer = { kind: 'no_answer', cause: 'unavailable', sent: false };

/** One request on its way. */
interface Request {
  readonly what: string;
  readonly timeoutMs: number;
  /** Called when the request leaves the process. */
  readonly leaves?: () => void;
  readonly act: () => TokenOutcome;
}

/** Google as one process reaches it: both ports, over a network that loses and delays. */
export class GoogleLine implements OAuthProvider, IdTokenVerifier {
  readonly #process: SimProcess;
  readonly #deps: GoogleDeps;

  constructor(process: SimProcess, deps: GoogleDeps) {
    this.#process = process;
    this.#deps = deps;
  }

  exchangeCode(client: ClientCredentials, exchange: CodeExchange): Promise<TokenOutcome> {
    const { project, witness } = this.#deps;
    const code = exchange.code.reveal();
    const secret = client.clientSecret.reveal();
    return this.#send({
      what: `exchange ${code}`,
      timeoutMs: EXCHANGE_TIMEOUT_MS,
      leaves: () => witness.codeSent(code, secret),
      act: () => witness.exchanged(project.exchange(client, exchange), { code, secret }),
    });
  }

  async refresh(client: ClientCredentials, request: RefreshRequest): Promise<TokenOutcome> {
    const { project, witness } = this.#deps;
    const token = request.refreshToken.reveal();
    const over = witness.refreshBegun(this.#process.name, token);
    const outcome = await this.#send({
      what: `refresh ${token}`,
      timeoutMs: TIMEOUT_MS,
      act: () => witness.refreshed(project.refresh(client, request), token),
    });
    over();
    return outcome;
  }

  async revoke(refreshToken: Secret): Promise<'revoked' | 'no_answer'> {
    const { project, witness } = this.#deps;
    const token = refreshToken.reveal();
    const outcome = await this.#send({
      what: `revoke ${token}`,
      timeoutMs: TIMEOUT_MS,
      act: () => {
        witness.revoked(token, () => project.revoke(refreshToken));
        return { kind: 'refused', cause: 'invalid_grant' };
      },
    });
    return outcome.kind === 'no_answer' ? 'no_answer' : 'revoked';
  }

  async probe(client: ClientCredentials): Promise<CredentialsVerdict> {
    const { project } = this.#deps;
    const outcome = await this.#send({
      what: `probe ${client.clientSecret.reveal()}`,
      timeoutMs: TIMEOUT_MS,
      act: () => project.probe(client),
    });
    return verdictOf(outcome);
  }

  prepare(): Promise<void> {
    const { weather } = this.#deps;
    return new Promise((resolve, reject) => {
      const isDown = weather.fate() !== 'arrives';
      this.#process.reach(weather.travel('keys', 'back'), () => {
        if (isDown) reject(new Failure('PROVIDER_UNAVAILABLE'));
        else resolve();
      });
    });
  }

  async verify(idToken: Secret, expected: IdTokenExpectation): Promise<Identity | undefined> {
    const claims = this.#deps.project.idTokenClaims(idToken);
    if (claims === undefined || claims.aud !== expected.clientId) return undefined;
    if (expected.nonce !== undefined && claims.nonce !== expected.nonce) return undefined;
    return { userId: claims.sub, profile: claims.profile };
  }

  #send({ what, timeoutMs, leaves, act }: Request): Promise<TokenOutcome> {
    const { weather, scheduler, witness, tell } = this.#deps;
    return new Promise((resolve) => {
      let over = false;
      const settle = (outcome: TokenOutcome) => {
        if (over) return;
        over = true;
        cancel();
        tell?.(this.#process.name, `${what}: ${shown(outcome)}`);
        if (outcome.kind === 'tokens') witness.delivered(this.#process.name, outcome);
        resolve(outcome);
      };
      const cancel = this.#process.schedule(timeoutMs, () => settle(DROPPED));
      const back = (outcome: TokenOutcome) => {
        this.#process.reach(weather.travel(what, 'back'), () => settle(outcome));
      };
      const fate = weather.fate();
      // No connection, or the request was written and got lost: chance decides.
      if (fate === 'refused' && weather.isEven()) {
        back(NOT_SENT);
        return;
      }
      leaves?.();
      if (fate === 'request-lost') return;
      scheduler.after(weather.travel(what, 'there'), () => {
        const outcome = fate === 'refused' ? refusalOf(weather) : act();
        if (fate === 'arrives') back(outcome);
        else if (fate !== 'answer-lost') back(refusalOf(weather));
      });
    });
  }
}

/** A 5xx, or a 429. */
function refusalOf(weather: Weather): NoAnswer {
  if (weather.isEven()) return DROPPED;
  return { kind: 'no_answer', cause: 'rate_limited', sent: true, retryAfterMs: 1_000 };
}

function shown(outcome: TokenOutcome | TokenReply): string {
  switch (outcome.kind) {
    case 'refused':
      return outcome.cause;
    case 'no_answer':
      return outcome.sent ? `no answer (${outcome.cause})` : 'not sent';
    case 'tokens': {
      const refreshToken = outcome.refreshToken?.reveal();
      return `${outcome.accessToken.reveal()}${refreshToken ? ` and ${refreshToken}` : ''}`;
    }
  }
}
