import { randomBytes } from 'node:crypto';
import type { Random } from '../domain/random.ts';

/** The machine's randomness: identifiers are cryptographically strong, jitter need not be. */
export const systemRandom: Random = {
  id: () => randomBytes(16).toString('hex'),
  unit: () => Math.random(),
};
