import { Places } from '../concurrency/places.ts';
import type { Clock } from '../domain/clock.ts';
import type { Finding } from './finding.ts';

interface Looks<T> {
  /** Looked at, at a time. */
  readonly atATime: number;
  /** After which none more is begun. */
  readonly patienceMs: number;
  readonly look: (item: T) => Promise<readonly Finding[]>;
  /** What is said of one whose turn did not come. */
  readonly notReached: (item: T) => Finding;
}

/** So that those that were looked at are told of, however slow they are. */
export async function oneByOne<T>(
  items: readonly T[],
  { atATime, patienceMs, look, notReached }: Looks<T>,
  clock: Clock,
): Promise<readonly Finding[]> {
  const places = new Places({ places: atATime, waiting: items.length }, clock);
  const found = items.map(async (item) => {
    if (!(await places.take(patienceMs))) return [notReached(item)];
    return look(item).finally(() => places.giveBack());
  });
  return (await Promise.all(found)).flat();
}
