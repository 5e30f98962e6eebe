import type { World } from '../../support/replica-fixture.ts';

/**
 * Kills the replica at its nth moment: before or after the effect of one of its calls to Vault. Its
 * background work must be stopped, so that all calls belong to the flow. It stands still for ever
 * then, while others go on after `bury`.
 */
export class Crash {
  readonly #world: World;
  #left: number;

  constructor(world: World, atMoment: number) {
    this.#world = world;
    this.#left = atMoment;
    world.vault.script.interleave = () => {
      this.#left -= 1;
      return this.happened ? new Promise(() => undefined) : Promise.resolve();
    };
  }

  get happened(): boolean {
    return this.#left < 0;
  }

  bury(): void {
    this.#world.vault.script.interleave = () => Promise.resolve();
  }
}

/** Runs `scenario` with a crash at every moment that it has, until one run gets by without. */
export async function atEveryMoment(
  scenario: (moment: number) => Promise<Crash>,
  least: number,
): Promise<void> {
  for (let moment = 0; ; moment += 1) {
    const crash = await scenario(moment);
    if (crash.happened) continue;
    if (moment < least) throw new Error(`only ${moment} moments: the scenario does not crash`);
    return;
  }
}
