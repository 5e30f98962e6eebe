import { randomFillSync } from 'node:crypto';
import type { Random } from '../domain/random.ts';

const ID_BYTES = 16;
/** Identifiers that are drawn at once: asking the kernel for each would cost a tenth of a call. */
const DRAWN_AT_ONCE = 256;

/** The machine's randomness: identifiers are cryptographically strong, jitter need not be. */
export const systemRandom: Random = {
  id: drawnIds(),
  unit: () => Math.random(),
};

function drawnIds(): () => string {
  const drawn = Buffer.alloc(ID_BYTES * DRAWN_AT_ONCE);
  let next = drawn.length;
  return () => {
    if (next === drawn.length) {
      randomFillSync(drawn);
      next = 0;
    }
    const from = next;
    next += ID_BYTES;
    return drawn.toString('hex', from, next);
  };
}
