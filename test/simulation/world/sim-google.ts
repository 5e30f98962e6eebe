import { Secret } from '../../../src/domain/secret.ts';
import { GoogleProject } from '../../support/fakes/google-project.ts';
import type { History } from '../history.ts';
import type { Dice } from './dice.ts';
import { GoogleLine } from './google.ts';
import { GoogleWitness } from './google-witness.ts';
import type { Profile } from './profile.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimProcess } from './sim-process.ts';
import type { SimVault } from './sim-vault.ts';
import type { Tell } from './story.ts';
import { Weather } from './weather.ts';

export interface SimGoogleDeps {
  readonly dice: Dice;
  readonly history: History;
  readonly scheduler: Scheduler;
  readonly tell: Tell;
  readonly wall: () => number;
}

/** A code that a user brought home, and what a caller must send with it. */
export interface MadeCode {
  readonly code: string;
  readonly user: string;
  readonly oauthClient: string;
  readonly nonce: string;
}

/** Google, its OAuth clients with the secrets that ops configured for them, and its users' hands. */
export class SimGoogle {
  readonly weather: Weather;
  readonly witness: GoogleWitness;
  readonly #project: GoogleProject;
  readonly #deps: SimGoogleDeps;
  readonly #secrets = new Map<string, { at: string[]; serial: number }>();

  constructor(profile: Profile, deps: SimGoogleDeps) {
    const clock = { now: deps.wall, monotonic: deps.wall, schedule: () => () => undefined };
    this.#deps = deps;
    this.#project = new GoogleProject(clock);
    this.#project.accessTokenLifeMs = profile.accessTokenLifeMs;
    this.#project.rotating = profile.rotating;
    this.weather = new Weather(profile.google, deps.dice);
    this.witness = new GoogleWitness(deps.history, this.#project);
  }

  line(process: SimProcess): GoogleLine {
    return new GoogleLine(process, {
      project: this.#project,
      witness: this.witness,
      scheduler: this.#deps.scheduler,
      weather: this.weather,
      tell: this.#deps.tell,
    });
  }

  /** Makes a client with one secret, at Google and in Vault. */
  addClient(alias: string, vault: SimVault): void {
    this.#secrets.set(alias, { at: [`${alias}-secret-1`], serial: 1 });
    this.#acceptSecrets(alias);
    this.#configure(alias, vault, `${alias}-secret-1`);
  }

  /** A new secret at Google; the old one works on until `dropOldSecrets`. */
  addSecret(alias: string): string {
    const secrets = this.#secretsOf(alias);
    secrets.serial += 1;
    const secret = `${alias}-secret-${secrets.serial}`;
    secrets.at = [secret, ...secrets.at];
    this.#acceptSecrets(alias);
    return secret;
  }

  /** Only the newest secret works from now on. */
  dropOldSecrets(alias: string): void {
    const secrets = this.#secretsOf(alias);
    if (secrets.at.length > 1) this.#note(alias, 'dropped');
    secrets.at = secrets.at.slice(0, 1);
    this.#acceptSecrets(alias);
  }

  /** Ops patch the record in Vault. */
  configureNewest(alias: string, vault: SimVault): void {
    const { serial } = this.#secretsOf(alias);
    const previous = serial > 1 ? `${alias}-secret-${serial - 1}` : undefined;
    this.#configure(alias, vault, `${alias}-secret-${serial}`, previous);
  }

  /** Ops patch the record in Vault, and Google never made what they put there. */
  configureMistyped(alias: string, vault: SimVault): void {
    this.#note(alias, 'mistyped');
    this.#configure(alias, vault, `${alias}-mistyped`);
  }

  makeCode(owner: { user: string; oauthClient: string }, scopes: readonly string[]): MadeCode {
    const { dice } = this.#deps;
    const nonce = dice.id();
    const code = this.#project
      .mintCode({
        sub: owner.user,
        clientId: clientIdOf(owner.oauthClient),
        scopes,
        nonce,
        ...(dice.chance(0.4) ? { refreshToken: true } : {}),
      })
      .reveal();
    this.witness.codeMade(code, owner);
    return { code, ...owner, nonce };
  }

  userLeaves(user: string): void {
    this.#deps.tell?.(user, 'ends the grant at Google');
    this.witness.userLeaves(user);
  }

  /** Whether Google would answer a refresh with this token. */
  isAlive(refreshToken: string): boolean {
    return this.#project.refreshTokenOwner(new Secret(refreshToken)) !== undefined;
  }

  #secretsOf(alias: string): { at: string[]; serial: number } {
    const secrets = this.#secrets.get(alias);
    if (secrets === undefined) throw new Error(`no client ${alias}`);
    return secrets;
  }

  #note(oauthClient: string, what: 'mistyped' | 'dropped'): void {
    this.#deps.history.fact({ kind: 'secret-trouble', oauthClient, what });
  }

  #acceptSecrets(alias: string): void {
    const { at } = this.#secretsOf(alias);
    this.#project.setClient({ clientId: clientIdOf(alias), clientSecrets: at });
  }

  #configure(alias: string, vault: SimVault, secret: string, previous = ''): void {
    vault.configureClient(alias, {
      client_id: clientIdOf(alias),
      client_secret: secret,
      previous_client_secret: previous,
      code_sources: 'mobile',
    });
  }
}

function clientIdOf(alias: string): string {
  return `${alias}.apps.example`;
}
