import { type ConfigProblem, ConfigProblems } from '../config/config-problems.ts';
import type { GatewaySection } from '../config/gateway-section.ts';
import { type ConfigSources, readGatewayConfig } from '../config/load-config.ts';
import { CannotCheck } from './cannot-check.ts';
import { loginKeyProblems } from './login-keys.ts';

/** What can be made of the configuration of a gateway. */
export class GatewaySurvey {
  /** Everything in it for which `tokenvault gateway` would refuse it, but an IP address without `server_name`. */
  readonly problems: readonly ConfigProblem[];
  readonly #section: GatewaySection | undefined;

  constructor(sources: ConfigSources) {
    try {
      const { gateway } = readGatewayConfig(sources).value;
      this.problems = loginKeyProblems(gateway);
      if (this.problems.length === 0) this.#section = gateway;
    } catch (error) {
      if (!(error instanceof ConfigProblems)) throw error;
      this.problems = error.details;
    }
  }

  /** @throws CannotCheck */
  get section(): GatewaySection {
    if (this.#section !== undefined) return this.#section;
    throw new CannotCheck('The configuration of the gateway is not good.');
  }
}
