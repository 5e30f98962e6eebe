import type { History } from '../history.ts';
import { layAmbush } from './ambush.ts';
import type { Dice } from './dice.ts';
import type { Fleet } from './fleet.ts';
import type { Ambush, FaultKind, Profile } from './profile.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimGoogle } from './sim-google.ts';
import type { SimProcess } from './sim-process.ts';
import type { SimVault } from './sim-vault.ts';
import type { Tell } from './story.ts';
import type { VaultNetwork } from './vault/network.ts';
import { VaultTroubles } from './vault/troubles.ts';
import { CALM, type Weather } from './weather.ts';

export interface TroublesDeps {
  readonly scheduler: Scheduler;
  readonly dice: Dice;
  readonly history: History;
  readonly fleet: Fleet;
  readonly vault: SimVault;
  readonly google: SimGoogle;
  readonly network: VaultNetwork;
  readonly vaultWeather: Weather;
  readonly users: readonly string[];
  readonly oauthClients: readonly string[];
  readonly tell: Tell;
}

type Kinds = readonly [RegExp, ...RegExp[]];

const SHORT_OR_LONG_MS = [5, 100, 600, 1_000, 3_000, 10_000] as const;
const JUMPS_MS = [-3_600_000, -60_000, -2_000, 2_000, 60_000] as const;
/** Kinds of requests that are slow for a moment, while all others are not. */
const HELD_AT_VAULT: Kinds = [
  /POST .*revocation-log$/,
  /GET .*revocation-log$/,
  /POST .*users/,
  /GET .*users/,
  /POST .*exchanges/,
  /POST .*revocations/,
  /GET .sys.leader/,
];
const HELD_AT_GOOGLE: Kinds = [/exchange/, /refresh/, /revoke/, /probe/];
const HELD_MS = [50, 400, 800, 1_800, 4_000] as const;
/** A fault falls due before one of the next steps of its victim, up to this many. */
const STEPS_AHEAD = 60;

/** Makes what the profile has in store happen, and in the end everything well again. */
export class Troubles {
  readonly #deps: TroublesDeps;
  readonly #atVault: VaultTroubles;
  #healed = false;

  constructor(deps: TroublesDeps) {
    this.#deps = deps;
    this.#atVault = new VaultTroubles({ ...deps, cluster: deps.vault.cluster });
  }

  /** Spreads the profile's faults over the next `withinMs`. */
  plan({ faults, faultCount }: Profile, withinMs: number): void {
    const { dice } = this.#deps;
    for (let left = faultCount; left > 0; left -= 1) {
      const fault = dice.any(faults);
      if (fault === undefined) return;
      this.#after(dice.unit() * withinMs, () => this.#befall(fault));
    }
  }

  /** What waits for one replica at its worst moment. @returns when that is, milliseconds from now */
  ambush(kind: Ambush, victim: SimProcess): number {
    return layAmbush(kind, victim.name, {
      ...this.#deps,
      after: (ms, act) => this.#after(ms, act),
      cutOff: (ms) => this.#cutOff(victim, ms),
      stepDown: (ms) => this.#atVault.stepDown(ms),
    });
  }

  #after(ms: number, act: () => void): void {
    this.#deps.scheduler.after(ms, () => this.#healed || act());
  }

  heal(): void {
    this.#healed = true;
    const { fleet, google, vault, network, vaultWeather, oauthClients, tell } = this.#deps;
    tell?.('world', 'all is mended');
    this.#atVault.heal();
    network.cut.clear();
    for (const weather of [vaultWeather, google.weather]) {
      weather.chances = CALM;
      weather.hold = undefined;
    }
    for (const alias of oauthClients) google.configureNewest(alias, vault);
    for (const place of fleet.places) {
      place.process.calm();
      place.process.continue();
      fleet.restart(place);
    }
  }

  #befall(fault: FaultKind): void {
    const acts: Readonly<Record<FaultKind, () => void>> = {
      crash: () => this.#crash(),
      pause: () => this.#pause(),
      sleep: () => this.#sleep(),
      'wall-jump': () => this.#jumpWall(),
      'cut-off': () => this.#cutOff(),
      join: () => this.#deps.fleet.add(),
      'hold-vault': () => this.#hold(this.#deps.vaultWeather, HELD_AT_VAULT),
      'hold-google': () => this.#hold(this.#deps.google.weather, HELD_AT_GOOGLE),
      'leader-dies': () => this.#atVault.leaderDies(),
      'leader-pauses': () => this.#atVault.leaderPauses(),
      'step-down': () => this.#atVault.stepDown(),
      seal: () => this.#atVault.seal(),
      'rotate-secret': () => this.#rotateSecret(),
      'mistype-secret': () => this.#mistypeSecret(),
      'user-leaves': () => this.#userLeaves(),
    };
    acts[fault]();
  }

  #crash(): void {
    const { fleet, scheduler, dice } = this.#deps;
    const place = dice.any(fleet.places);
    if (place === undefined) return;
    place.process.interrupt(1 + dice.below(STEPS_AHEAD), () => {
      fleet.crash(place.process);
      scheduler.after(dice.pick(SHORT_OR_LONG_MS), () => fleet.restart(place));
    });
  }

  #pause(): void {
    const { dice } = this.#deps;
    const process = this.#victim();
    process?.interrupt(1 + dice.below(STEPS_AHEAD), () => this.#stop(process, () => undefined));
  }

  #sleep(): void {
    const process = this.#victim();
    if (process === undefined) return;
    this.#stop(process, (ms) => {
      this.#deps.history.fact({ kind: 'clock-moved', replica: process.name, how: 'slept' });
      process.sleep(ms);
    });
  }

  #stop(process: SimProcess, before: (ms: number) => void): void {
    const { scheduler, dice, tell } = this.#deps;
    if (!process.isRunning) return;
    const begun = scheduler.now;
    tell?.(process.name, 'stands still');
    process.stop();
    scheduler.after(dice.pick(SHORT_OR_LONG_MS), () => {
      if (process.isRunning) return;
      before(scheduler.now - begun);
      tell?.(process.name, 'goes on');
      process.continue();
    });
  }

  #jumpWall(): void {
    const process = this.#victim();
    if (process === undefined) return;
    const ms = this.#deps.dice.pick(JUMPS_MS);
    this.#deps.tell?.(process.name, `has its wall clock moved by ${ms} ms`);
    this.#deps.history.fact({ kind: 'clock-moved', replica: process.name, how: 'wall' });
    process.moveWall(ms);
  }

  #cutOff(process = this.#victim(), ms: number = this.#deps.dice.pick(SHORT_OR_LONG_MS)): void {
    const { network, scheduler, dice, tell } = this.#deps;
    if (process === undefined) return;
    tell?.(process.name, 'is cut off from Vault');
    network.cut.set(process.name, dice.pick(['refused', 'silent']));
    scheduler.after(ms, () => {
      if (network.cut.delete(process.name)) tell?.(process.name, 'reaches Vault again');
    });
  }

  #hold(weather: Weather, kinds: Kinds): void {
    const { dice } = this.#deps;
    const kind = dice.pick(kinds);
    const way = dice.chance(0.5) ? 'there' : 'back';
    const ms = dice.pick(HELD_MS) * dice.between(0.5, 1.1);
    this.#deps.tell?.('world', `${kind} is slow ${way} by ${ms.toFixed()} ms`);
    weather.hold = { kind, way, ms, left: 1 + dice.below(3) };
  }

  /** In any order and with any pause, as operators do: only the last state is a sound one. */
  #rotateSecret(): void {
    const { google, vault, scheduler, dice, oauthClients, tell } = this.#deps;
    const alias = dice.any(oauthClients);
    if (alias === undefined) return;
    tell?.('ops', `rotate the secret of ${alias}`);
    google.addSecret(alias);
    scheduler.after(dice.unit() * 2_000, () => google.configureNewest(alias, vault));
    scheduler.after(dice.unit() * 3_000, () => google.dropOldSecrets(alias));
  }

  /** And find out some time later. */
  #mistypeSecret(): void {
    const { google, vault, dice, oauthClients, tell } = this.#deps;
    const alias = dice.any(oauthClients);
    if (alias === undefined) return;
    tell?.('ops', `mistype the secret of ${alias}`);
    google.configureMistyped(alias, vault);
    this.#after(dice.pick([2_000, 8_000, 30_000]), () => google.configureNewest(alias, vault));
  }

  #userLeaves(): void {
    const { google, dice, users } = this.#deps;
    const user = dice.any(users);
    if (user !== undefined) google.userLeaves(user);
  }

  #victim(): SimProcess | undefined {
    const { fleet, dice } = this.#deps;
    return dice.any(fleet.places.map(({ process }) => process).filter(({ isDead }) => !isDead));
  }
}
