import type { Seeded } from '../../test/faults/workload/seeded.ts';
import { type Aim, PATHS, type PathName, pointsOf } from './paths.ts';

/** Kills that come one after the other, while Google rotates refresh tokens or does not. */
export interface Wave {
  readonly rotates: boolean;
  readonly aims: readonly Aim[];
}

/** A third of the kills each for exchanges, refreshes and revokes; of these each point equally often. */
export function wavesOf(kills: number, random: Seeded): readonly Wave[] {
  const [exchanges, revokes] = [Math.ceil(kills / 3), Math.floor(kills / 3)];
  const refreshes = kills - exchanges - revokes;
  const rotations = Math.ceil(refreshes / 2);
  const aims = {
    exchange: aimsAt('exchange', exchanges, random),
    refresh: aimsAt('refresh', refreshes - rotations, random),
    rotation: aimsAt('rotation', rotations, random),
    revoke: aimsAt('revoke', revokes, random),
  };
  const half = (all: readonly Aim[], rest: number) => all.filter((_, index) => index % 2 === rest);
  const wave = (rotates: boolean, rest: number): Wave => {
    const refreshed = rotates ? aims.rotation : aims.refresh;
    const both = [...half(aims.exchange, rest), ...half(aims.revoke, rest)];
    return { rotates, aims: shuffled([...both, ...refreshed], random) };
  };
  return [wave(false, 0), wave(true, 1)];
}

function aimsAt(name: PathName, count: number, random: Seeded): readonly Aim[] {
  const points = PATHS.filter((path) => path.name === name).flatMap(pointsOf);
  const aims: Aim[] = [];
  while (aims.length < count) aims.push(...shuffled(points, random));
  return aims.slice(0, count);
}

function shuffled<T>(items: readonly T[], random: Seeded): readonly T[] {
  return items
    .map((item) => ({ item, place: random.unit() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
