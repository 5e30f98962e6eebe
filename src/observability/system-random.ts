import { randomFillSync } from 'node:crypto';
import type { Random } from '../domain/random.ts';

const ID_BYTES = 16;
/**
 * Identifiers that are drawn at once: asking the kernel for each would cost a tenth of a call. One
 * that is kept keeps the digits of all of them.
 */
const DRAWN_AT_ONCE = 64;

/** The machine's randomness: identifiers are cryptographically strong, jitter need not be. */
export const systemRandom: Random = {
  id: drawnIds(),
  unit: () => Math.random(),
};

function drawnIds(): () => string {
  const drawn = Buffer.alloc(ID_BYTES * DRAWN_AT_ONCE);
  let digits = '';
  let next = 0;
  return () => {
    if (next === digits.length) {
      digits = randomFillSync(drawn).toString('hex');
      next = 0;
    }
    const from = next;
    next += 2 * ID_BYTES;
    return digits.slice(from, next);
  };
}
