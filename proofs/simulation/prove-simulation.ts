import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Proof } from '../proof.ts';
import { search } from './search.ts';

const SCHEDULES = { full: 1_000_000, quick: 100 };
/** Seeds are 32 bits. */
const LAST_SEED = 2 ** 32;
/** The same each time, as a test has to be. */
const QUICK_FROM = 1_000_807_400;
const SHOWN_EVERY_MS = 60_000;

/** No schedule of the simulator breaks a promise, whichever chance draws. */
export const proveSimulation: Proof = async ({ quick, print }) => {
  const schedules = quick ? SCHEDULES.quick : SCHEDULES.full;
  const from = quick ? QUICK_FROM : randomInt(LAST_SEED - schedules);
  const searches = availableParallelism();
  const share = Math.ceil(schedules / searches);
  print(`${share * searches} schedules from seed ${from} on, in ${searches} processes`);
  const done = new Array<number>(searches).fill(0);
  const begun = performance.now();
  const sum = () => done.reduce((all, one) => all + one, 0);
  const rate = () => ((sum() * 1_000) / (performance.now() - begun)).toFixed(0);
  const timer = setInterval(() => print(`${sum()} schedules, ${rate()}/s`), SHOWN_EVERY_MS);
  try {
    const ended = await Promise.all(
      done.map((_, index) =>
        search({
          runs: share,
          from: from + index * share,
          onProgress: (count) => {
            done[index] = count;
          },
          onViolation: print,
        }),
      ),
    );
    const broken = ended.reduce((all, one) => all + one, 0);
    const held = broken === 0 && sum() === share * searches;
    return { held, sentence: `${sum()} schedules, ${broken} with violations, ${rate()}/s` };
  } finally {
    clearInterval(timer);
  }
};
