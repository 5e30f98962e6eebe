import type { TokenVault } from '../../../src/service/token-vault.ts';
import type { Dice } from './dice.ts';
import type { Profile } from './profile.ts';
import type { Scheduler } from './scheduler.ts';
import { SimProcess } from './sim-process.ts';
import { type ReplicaDeps, startReplica } from './sim-replica.ts';

export interface FleetDeps extends ReplicaDeps {
  readonly scheduler: Scheduler;
  readonly dice: Dice;
  readonly wallAtStart: number;
}

/** One replica's place: the process that runs there now, and its service once it serves. */
export interface Place {
  readonly number: number;
  process: SimProcess;
  tokenVault: TokenVault | undefined;
  /** Refresh tokens that Vault has not taken yet. */
  held: () => number;
  starts: number;
}

export type Serving = Place & { readonly tokenVault: TokenVault };

/** A process that did not come up is started again after this time. */
const RESTART_MS = 1_000;

/** The replicas, as an orchestrator sees them. */
export class Fleet {
  readonly places: Place[] = [];
  readonly #profile: Profile;
  readonly #deps: FleetDeps;

  constructor(profile: Profile, deps: FleetDeps) {
    this.#profile = profile;
    this.#deps = deps;
    for (let number = 1; number <= profile.replicas; number += 1) this.add();
  }

  /** A place more, with a process that starts. */
  add(): Place {
    const number = this.places.length + 1;
    const place: Place = {
      number,
      process: this.#process(number, 1),
      tokenVault: undefined,
      held: () => 0,
      starts: 1,
    };
    this.places.push(place);
    this.#start(place);
    return place;
  }

  /** Places that take calls: a stopped process does, too, as far as callers can tell. */
  serving(): readonly Serving[] {
    return this.places.filter((place): place is Serving => place.tokenVault !== undefined);
  }

  /** Whether a token is on its way into Vault. */
  holdsTokens(): boolean {
    return this.places.some(({ held }) => held() > 0);
  }

  /** kill -9 */
  crash(process: SimProcess): void {
    if (process.isDead) return;
    const { history, tell } = this.#deps;
    process.kill();
    tell?.(process.name, 'dies');
    history.fact({ kind: 'crashed', replica: process.name });
    for (const operation of history.operations) {
      if (operation.replica === process.name && operation.ended === undefined)
        operation.lost = true;
    }
    const place = this.places.find((each) => each.process === process);
    if (place === undefined) return;
    place.tokenVault = undefined;
    place.held = () => 0;
  }

  /** A new process in a place whose last one is dead. */
  restart(place: Place): void {
    if (!place.process.isDead) return;
    place.starts += 1;
    place.process = this.#process(place.number, place.starts);
    this.#start(place);
  }

  #process(number: number, start: number): SimProcess {
    const { scheduler, dice, history, wallAtStart } = this.#deps;
    const skew = (dice.unit() - 0.5) * this.#profile.skewMs;
    const name = `r${number}/${start}`;
    if (skew !== 0) history.fact({ kind: 'clock-moved', replica: name, how: 'differs' });
    const options = { name, wallAtStart: Math.round(wallAtStart + skew) };
    return new SimProcess(options, { scheduler, dice });
  }

  #start(place: Place): void {
    const { process } = place;
    process.reach(0, () => {
      startReplica(process, this.#deps).then(
        ({ tokenVault, held }) => {
          place.held = held;
          this.#deps.tell?.(process.name, 'serves');
          place.tokenVault = tokenVault;
        },
        (error: unknown) => this.#failed(place, error),
      );
    });
  }

  /** It refused to start: the process ends, and another one is tried. */
  #failed(place: Place, error: unknown): void {
    this.#deps.tell?.(place.process.name, `does not start: ${error}`);
    this.crash(place.process);
    this.#deps.scheduler.after(RESTART_MS, () => this.restart(place));
  }
}
