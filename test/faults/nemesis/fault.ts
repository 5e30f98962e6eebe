import { setTimeout as wait } from 'node:timers/promises';
import type { Seeded } from '../workload/seeded.ts';
import type { FaultWorld } from '../world/fault-world.ts';

/** Something that goes wrong, and is mended again by itself. */
export interface RealFault {
  readonly kind: string;
  /** How often it comes, beside the others of its list. */
  readonly weight: number;
  /** Resolves when it is over. */
  run(world: FaultWorld, terms: FaultTerms): Promise<void>;
}

export interface FaultTerms {
  readonly random: Seeded;
  /** What lasts longer than an instant lasts at most so long; at least 3 s, so that elections happen. */
  readonly longestMs: number;
}

/** Some time, up to the longest. */
export async function lasting({ random, longestMs }: FaultTerms): Promise<void> {
  await wait(random.between(100, longestMs));
}
