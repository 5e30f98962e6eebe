import { type Violation, violationsOf } from './checkers/all.ts';
import { History } from './history.ts';
import { Crowd } from './world/crowd.ts';
import { Dice } from './world/dice.ts';
import { Fleet } from './world/fleet.ts';
import { type Ambush, drawProfile, type Profile } from './world/profile.ts';
import { Scheduler } from './world/scheduler.ts';
import { SimGoogle } from './world/sim-google.ts';
import type { SimProcess } from './world/sim-process.ts';
import { SimVault } from './world/sim-vault.ts';
import type { Tell } from './world/story.ts';
import { Troubles } from './world/troubles.ts';
import { VaultNetwork } from './world/vault/network.ts';
import { CALM, Weather } from './world/weather.ts';

export interface Simulated {
  readonly seed: number;
  readonly profile: Profile;
  readonly history: History;
  readonly violations: readonly Violation[];
  readonly steps: number;
  /** World time, milliseconds. */
  readonly took: number;
}

/** Wall-clock time at which every world begins. */
const BEGINNING = Date.UTC(2026, 0, 1);
/** Replicas are given this long to serve, to answer, and to finish what is left. */
const PATIENCE_MS = 120_000;
/** Longer than anything that was begun takes when all is well. */
const BACKGROUND_MS = 100;
/** Longer than the pause of the reconciler and of the log's reader. */
const A_MINUTE_MS = 61_000;
/** What moves at all has moved by then, and what is left waits. */
const SOON_MS = 3_000;
/** Longer than anything waits for another one's outcome. */
const WAIT_MS = 31_000;

/**
 * One schedule: a world drawn from `seed`, its callers and its troubles, and then its rest. The same
 * seed gives the same history.
 */
export async function simulate(
  seed: number,
  tell?: (time: number, who: string, what: string) => void,
): Promise<Simulated> {
  const world = new World(seed, tell);
  await world.live();
  return world.outcome();
}

class World {
  readonly #seed: number;
  readonly #profile: Profile;
  readonly #dice: Dice;
  readonly #scheduler: Scheduler;
  readonly #history: History;
  readonly #vault: SimVault;
  readonly #network: VaultNetwork;
  readonly #weather: Weather;
  readonly #fleet: Fleet;
  readonly #crowd: Crowd;
  readonly #troubles: Troubles;

  constructor(seed: number, tell: ((time: number, who: string, what: string) => void) | undefined) {
    const dice = new Dice(seed);
    const profile = drawProfile(dice);
    const scheduler = new Scheduler(dice);
    const history = new History(profile, () => scheduler.now);
    const wall = () => BEGINNING + scheduler.now;
    const teller: Tell = tell && ((who, what) => tell(scheduler.now, who, what));
    const common = { dice, scheduler, history, tell: teller, wall };
    const vaultWeather = new Weather(profile.vault, dice);
    const users = names('user', profile.users);
    const vault = new SimVault(profile, { ...common, users, time: () => scheduler.now });
    const network = new VaultNetwork(vault.cluster, { ...common, weather: vaultWeather });
    const google = new SimGoogle(profile, common);
    const oauthClients = names('client', profile.oauthClients);
    for (const alias of oauthClients) google.addClient(alias, vault);
    const parts = { ...common, vault, network, google, users, oauthClients };
    const fleet = new Fleet(profile, { ...parts, wallAtStart: BEGINNING });
    this.#seed = seed;
    this.#profile = profile;
    this.#dice = dice;
    this.#scheduler = scheduler;
    this.#history = history;
    this.#vault = vault;
    this.#network = network;
    this.#weather = vaultWeather;
    this.#fleet = fleet;
    this.#troubles = new Troubles({ ...parts, fleet, vaultWeather });
    const ambush = profile.isCalm ? () => 1 : this.#ambush;
    this.#crowd = new Crowd(profile, { ...parts, fleet, ambush });
    teller?.('world', JSON.stringify({ seed, ...profile }));
  }

  readonly #ambush = (kind: Ambush, victim: SimProcess): number =>
    this.#troubles.ambush(kind, victim);

  async live(): Promise<void> {
    const { calls, gapMs } = this.#profile;
    const dice = this.#dice;
    // Some meet troubles from the start; most meet them at work.
    if (dice.chance(0.9)) await this.#begin();
    this.#troubles.plan(this.#profile, calls * gapMs + dice.pick([0, 2_000, 4_000]));
    this.#crowd.begin();
    await this.#until(() => this.#crowd.isDone);
    if (dice.chance(0.7)) await this.#until(() => this.#allEnded(), 5_000);
    this.#troubles.heal();
    this.#crowd.rest();
    await this.#settle(() => this.#isQuiet() && this.#fleet.serving().length > 0);
    await this.#finishRevocations();
    this.#crowd.repeatAll();
    await this.#settle(() => this.#allEnded());
    await this.#finishRevocations();
    // Tokens grow old.
    if (dice.chance(0.1)) await this.#stop(A_MINUTE_MS);
    this.#crowd.askAll();
    await this.#settle(() => this.#isQuiet());
    // What nobody waits for, as a refresh ahead, ends, too.
    await this.#until(() => false, BACKGROUND_MS);
    this.#history.finish({ users: this.#vault.users(), markers: this.#vault.markers() });
  }

  outcome(): Simulated {
    return {
      seed: this.#seed,
      profile: this.#profile,
      history: this.#history,
      violations: violationsOf(this.#history),
      steps: this.#scheduler.steps,
      took: this.#scheduler.now,
    };
  }

  /** What a crash or Google left undone is done by a replica that starts, or within a minute. */
  async #finishRevocations(): Promise<void> {
    const isDone = () => !this.#vault.hasUnfinished();
    if (isDone()) return;
    await this.#until(isDone, this.#dice.pick([0, 3_000]));
    if (isDone()) return;
    if (this.#dice.chance(0.5)) this.#fleet.add();
    else await this.#stop(A_MINUTE_MS);
    await this.#until(isDone);
  }

  /** All replicas stand still: that costs no steps, and all that is due comes at once afterwards. */
  async #stop(ms: number): Promise<void> {
    const processes = this.#fleet.places.map(({ process }) => process);
    for (const process of processes) process.stop();
    await this.#until(() => false, ms);
    for (const process of processes) process.continue();
  }

  /** Whether nobody waits for an answer, and nothing old, and no held token, is on its way to Vault. */
  #isQuiet(): boolean {
    return this.#network.travelling === 0 && !this.#fleet.holdsTokens() && this.#allEnded();
  }

  #allEnded(): boolean {
    return this.#history.operations.every(
      ({ ended, lost }) => ended !== undefined || lost === true,
    );
  }

  /** The replicas come up in good weather, and then it begins. */
  async #begin(): Promise<void> {
    this.#weather.chances = CALM;
    await this.#until(() => this.#fleet.serving().length > 0);
    this.#weather.chances = this.#profile.vault;
  }

  /** Most of the time what still waits then is not watched while it does. */
  async #settle(isOver: () => boolean): Promise<void> {
    await this.#until(isOver, SOON_MS);
    if (!isOver() && this.#dice.chance(0.8)) await this.#stop(WAIT_MS);
    await this.#until(isOver);
  }

  async #until(isOver: () => boolean, patienceMs = PATIENCE_MS): Promise<void> {
    const end = this.#scheduler.now + patienceMs;
    let late = false;
    this.#scheduler.after(patienceMs, () => {
      late = true;
    });
    await this.#scheduler.run(() => late || isOver() || this.#scheduler.now > end);
  }
}

function names(what: string, count: number): readonly [string, ...string[]] {
  const [first = `${what}-1`, ...more] = Array.from(
    { length: count },
    (_, i) => `${what}-${i + 1}`,
  );
  return [first, ...more];
}
