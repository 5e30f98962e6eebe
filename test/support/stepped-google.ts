import type { IdTokenExpectation, IdTokenVerifier } from '../../src/domain/id-token-verifier.ts';
import type {
  ClientCredentials,
  CodeExchange,
  CredentialsVerdict,
  OAuthProvider,
  RefreshRequest,
  TokenOutcome,
} from '../../src/domain/oauth-provider.ts';
import type { Identity } from '../../src/domain/profile.ts';
import type { Secret } from '../../src/domain/secret.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { History } from '../simulation/history.ts';
import { Dice } from '../simulation/world/dice.ts';
import { GoogleLine } from '../simulation/world/google.ts';
import { GoogleWitness } from '../simulation/world/google-witness.ts';
import { Scheduler } from '../simulation/world/scheduler.ts';
import { SimProcess } from '../simulation/world/sim-process.ts';
import { CALM, Weather } from '../simulation/world/weather.ts';
import { GoogleProject } from './fakes/google-project.ts';

/** The simulated Google in a world that goes on whenever somebody waits for it. */
export class SteppedGoogle implements OAuthProvider, IdTokenVerifier {
  readonly project = new GoogleProject(systemClock);
  readonly #scheduler: Scheduler;
  readonly #line: GoogleLine;

  constructor() {
    const dice = new Dice(1);
    const scheduler = new Scheduler(dice);
    const history = new History({ mode: 'available' }, () => scheduler.now);
    const process = new SimProcess({ name: 'r1/1', wallAtStart: 0 }, { scheduler, dice });
    this.#scheduler = scheduler;
    this.#line = new GoogleLine(process, {
      project: this.project,
      witness: new GoogleWitness(history, this.project),
      scheduler,
      weather: new Weather(CALM, dice),
      tell: undefined,
    });
  }

  exchangeCode(client: ClientCredentials, exchange: CodeExchange): Promise<TokenOutcome> {
    return this.#answered(this.#line.exchangeCode(client, exchange));
  }

  refresh(client: ClientCredentials, request: RefreshRequest): Promise<TokenOutcome> {
    return this.#answered(this.#line.refresh(client, request));
  }

  revoke(refreshToken: Secret): Promise<'revoked' | 'no_answer'> {
    return this.#answered(this.#line.revoke(refreshToken));
  }

  probe(client: ClientCredentials): Promise<CredentialsVerdict> {
    return this.#answered(this.#line.probe(client));
  }

  prepare(): Promise<void> {
    return this.#answered(this.#line.prepare());
  }

  verify(idToken: Secret, expected: IdTokenExpectation): Promise<Identity | undefined> {
    return this.#line.verify(idToken, expected);
  }

  async #answered<T>(work: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    work.then(settle, settle);
    await this.#scheduler.run(() => isSettled);
    return work;
  }
}
