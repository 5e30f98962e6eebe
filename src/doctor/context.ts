import type { Config } from '../config/config-sections.ts';
import type { ReadFile } from '../config/files.ts';
import type { ConfigSurvey } from '../config/load-config.ts';
import type { Clock } from '../domain/clock.ts';
import { CannotCheck } from './cannot-check.ts';
import type { GatewaySurvey } from './gateway-survey.ts';
import { GoogleSurvey } from './google-survey.ts';
import { VaultSurvey } from './vault-survey.ts';

/** The sections that every configuration has. */
type SectionName = Exclude<keyof Config, 'listen_jwt'>;

export interface DoctorContextDeps {
  readonly clock: Clock;
  readonly readFile: ReadFile;
  /** To be looked at too. */
  readonly gateway?: GatewaySurvey | undefined;
}

/** What the checks look at. What several need is asked once, when the first of them needs it. */
export class DoctorContext {
  readonly config: ConfigSurvey;
  readonly clock: Clock;
  /** Undefined where only the service is looked at. */
  readonly gateway: GatewaySurvey | undefined;
  readonly #readFile: ReadFile;
  #vault: VaultSurvey | undefined;
  #google: GoogleSurvey | undefined;

  constructor(config: ConfigSurvey, deps: DoctorContextDeps) {
    this.config = config;
    this.gateway = deps.gateway;
    this.clock = deps.clock;
    this.#readFile = deps.readFile;
  }

  /** @throws CannotCheck where the section is not good */
  section<Name extends SectionName>(name: Name): Config[Name] {
    const found: Config[Name] | undefined = this.config.sections[name];
    if (found !== undefined) return found;
    throw new CannotCheck(`The section ${name} of the configuration is not good.`);
  }

  /** @throws CannotCheck */
  get vault(): VaultSurvey {
    this.#vault ??= new VaultSurvey(this.section('vault'), {
      clock: this.clock,
      readFile: this.#readFile,
    });
    return this.#vault;
  }

  /** @throws CannotCheck */
  get google(): GoogleSurvey {
    this.#google ??= new GoogleSurvey(this.section('google'), this.clock);
    return this.#google;
  }

  /** Ends the connections. */
  async close(): Promise<void> {
    await Promise.all([this.#vault?.close(), this.#google?.close()]);
  }
}
