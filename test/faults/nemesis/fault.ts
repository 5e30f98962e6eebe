import type { Seeded } from '../workload/seeded.ts';
import type { FaultWorld } from '../world/fault-world.ts';

/** Something that goes wrong, and is mended again by itself. */
export interface RealFault {
  readonly kind: string;
  /** How often it comes, beside the others of its list. */
  readonly weight: number;
  /** Resolves when it is over. */
  run(world: FaultWorld, random: Seeded): Promise<void>;
}
