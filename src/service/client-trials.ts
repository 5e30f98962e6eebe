import type { Alerts } from '../domain/alerts.ts';
import type { Clock } from '../domain/clock.ts';
import type { Logger } from '../domain/logger.ts';
import { hasSameCredentials, type OAuthClient, secretSuffix } from '../domain/oauth-client.ts';
import type { CredentialsVerdict, OAuthProvider } from '../domain/oauth-provider.ts';
import type { ClientSecretMetrics } from './client-secret-metrics.ts';
import type { GoogleGate } from './google-gate.ts';

/** Google takes minutes to know a new secret everywhere: a refused one is asked for again, ever less often. */
const REFUSED_MS = { first: 5_000, most: 60_000 } as const;
const NO_ANSWER_MS = 5_000;

export interface ClientTrialsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly alerts: Alerts;
  readonly provider: Pick<OAuthProvider, 'probe'>;
}

export interface ClientTrialsParts {
  readonly googleGate: Pick<GoogleGate, 'isHeldBack'>;
  readonly secretMetrics: Pick<ClientSecretMetrics, 'judged'>;
}

/** A stored client that is not used yet. */
export interface Trial {
  readonly client: OAuthClient;
  /** Google refused it when it was asked last. */
  readonly isRefused: boolean;
}

interface RunningTrial {
  readonly client: OAuthClient;
  isRefused: boolean;
  refusals: number;
  /** On the monotonic clock. */
  dueAt: number;
  asking: Promise<OAuthClient | undefined> | undefined;
}

/**
 * New credentials of OAuth clients that are in use: Google is asked about them before any call is. Of
 * one that it refuses an operator is told, once, and it is asked about again.
 */
export class ClientTrials {
  readonly #deps: ClientTrialsDeps;
  readonly #parts: ClientTrialsParts;
  readonly #trials = new Map<string, RunningTrial>();

  constructor(deps: ClientTrialsDeps, parts: ClientTrialsParts) {
    this.#deps = deps;
    this.#parts = parts;
  }

  of(alias: string): Trial | undefined {
    return this.#trials.get(alias);
  }

  /** Nothing is on trial under this name any more. */
  end(alias: string): void {
    this.#trials.delete(alias);
  }

  /**
   * Asks Google, where it is time to.
   * @param client as it is stored now; takes the place of any other version
   * @returns the client, if Google accepts it now and no other was stored meanwhile
   */
  try(client: OAuthClient): Promise<OAuthClient | undefined> {
    const trial = this.#trialOf(client);
    if (trial.asking !== undefined) return trial.asking;
    const isEarly = this.#deps.clock.monotonic() < trial.dueAt;
    if (isEarly || this.#parts.googleGate.isHeldBack(client.alias))
      return Promise.resolve(undefined);
    trial.asking = this.#ask(trial).finally(() => {
      trial.asking = undefined;
    });
    return trial.asking;
  }

  #trialOf(client: OAuthClient): RunningTrial {
    const running = this.#trials.get(client.alias);
    // A record that was removed and made anew begins at version 1 again.
    const isSame =
      running?.client.version === client.version && hasSameCredentials(running.client, client);
    if (running !== undefined && isSame) return running;
    const trial = { client, isRefused: false, refusals: 0, dueAt: 0, asking: undefined };
    this.#trials.set(client.alias, trial);
    return trial;
  }

  async #ask(trial: RunningTrial): Promise<OAuthClient | undefined> {
    const { clock, provider } = this.#deps;
    const { alias, clientId, secrets } = trial.client;
    const [clientSecret] = secrets;
    const verdict = await provider.probe({ clientId, clientSecret });
    if (this.#trials.get(alias) !== trial) return undefined;
    this.#parts.secretMetrics.judged(alias, clientSecret, verdict);
    if (verdict === 'accepted') return trial.client;
    if (verdict === 'no_answer') {
      trial.dueAt = clock.monotonic() + NO_ANSWER_MS;
      return undefined;
    }
    const waitMs = Math.min(REFUSED_MS.first * 2 ** trial.refusals, REFUSED_MS.most);
    trial.dueAt = clock.monotonic() + waitMs;
    trial.isRefused = true;
    this.#note(trial, verdict);
    trial.refusals += 1;
    return undefined;
  }

  #note({ client, refusals }: RunningTrial, problem: CredentialsVerdict): void {
    const { alerts, logger } = this.#deps;
    const suffix = secretSuffix(client.secrets[0]);
    const fields = { oauthClient: client.alias, suffix, problem };
    if (refusals === 0) alerts.raise('oauth_client_secret_refused', fields);
    else logger.debug('oauth_client_secret_still_refused', fields);
  }
}
