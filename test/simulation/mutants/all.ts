import { EXCHANGE_MUTANTS } from './exchange-mutants.ts';
import type { Mutant } from './mutant.ts';
import { NAME_MUTANTS } from './name-mutants.ts';
import { REVOCATION_MUTANTS } from './revocation-mutants.ts';
import { TOKEN_MUTANTS } from './token-mutants.ts';

/** What the simulator must notice. */
export const MUTANTS: readonly Mutant[] = [
  ...REVOCATION_MUTANTS,
  ...EXCHANGE_MUTANTS,
  ...TOKEN_MUTANTS,
  ...NAME_MUTANTS,
];
