import { expect, it } from 'vitest';
import { type Columns, headOf, lineOf } from '../../../proofs/columns.ts';

it('a row stands below the names of its columns, in whole numbers, and says null where there is none', () => {
  const columns: Columns<{ ms: number; exit: number | null }> = [
    ['p99 ms', ({ ms }) => ms],
    ['exit code', ({ exit }) => exit],
  ];
  expect([
    headOf(columns),
    lineOf(columns, { ms: 12.6, exit: 0 }),
    lineOf(columns, { ms: 0.2, exit: null }),
  ]).toEqual(['p99 ms  exit code', '    13          0', '     0       null']);
});
