import { REPLICAS } from './fleet.ts';
import type { LogCounts } from './log-counts.ts';
import type { RotatedSecret, Sign } from './rotated-secret.ts';

/** What became of the values of one secret. */
export interface Outcome {
  readonly name: string;
  /** Good values that every process took. */
  taken: number;
  /** Wrong values that every process refused with its alert. */
  refused: number;
}

export interface TurnsOptions {
  /** Good values, and as many wrong ones. */
  readonly times: number;
  /** A value that was not judged by then never will be. */
  readonly judgedWithinMs: number;
  /** By the names of the processes. */
  readonly counts: ReadonlyMap<string, LogCounts>;
}

/** A good value and a wrong one in turn, each only once the one before has been judged; the last is good. */
export async function takeTurns(
  secret: RotatedSecret,
  { times, judgedWithinMs, counts }: TurnsOptions,
): Promise<Outcome> {
  const outcome: Outcome = { name: secret.name, taken: 0, refused: 0 };
  const { processes = REPLICAS } = secret;
  const judges = [...counts].filter(([name]) => processes.includes(name)).map(([, each]) => each);
  const judged = async (sign: Sign, change: () => Promise<void>) => {
    const before = judges.map((judge) => judge.count(sign));
    await change();
    const came = judges.map((judge, index) =>
      judge.comes(sign, before[index] ?? 0, judgedWithinMs),
    );
    return (await Promise.all(came)).every(Boolean);
  };
  for (let turn = 0; turn < times; turn += 1) {
    if (await judged(secret.refused, () => secret.spoil(turn))) outcome.refused += 1;
    if (await judged(secret.taken, () => secret.rotate())) outcome.taken += 1;
    await secret.retire?.();
  }
  return outcome;
}
