import type { DoctorContext } from './context.ts';
import type { Area, Finding } from './finding.ts';

/** One look at one thing. Several may share an area; none waits for another. */
export interface Check {
  readonly area: Area;
  /** Changes nothing anywhere. @throws CannotCheck */
  run(context: DoctorContext): Promise<readonly Finding[]>;
}
