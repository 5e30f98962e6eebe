import { quantile } from '../../bench/statistics.ts';
import type { ReplicaEnd } from './replica.ts';
import type { LoadFigures } from './steady-load.ts';

/** One replica was stopped under load. */
export interface Round {
  readonly number: number;
  /** 1 or 2. */
  readonly replica: number;
  /** When the signal was sent, on both replicas. */
  readonly underWay: { readonly tokens: number; readonly exchanges: number };
  readonly end: ReplicaEnd;
  readonly tokens: LoadFigures;
  readonly exchanges: LoadFigures;
}

const COLUMNS: readonly (readonly [string, (round: Round) => number | null])[] = [
  ['round', ({ number }) => number],
  ['replica', ({ replica }) => replica],
  ['calls', ({ tokens }) => tokens.ended],
  ['failed', ({ tokens }) => tokens.failed],
  ['p99 ms', ({ tokens }) => Math.round(quantile(tokens.latencies, 0.99))],
  ['slowest ms', ({ tokens }) => Math.round(quantile(tokens.latencies, 1))],
  ['exchanges', ({ exchanges }) => exchanges.ended],
  ['failed', ({ exchanges }) => exchanges.failed],
  ['calls under way', ({ underWay }) => underWay.tokens],
  ['exchanges under way', ({ underWay }) => underWay.exchanges],
  ['answered after', ({ end }) => end.answered],
  ['exit code', ({ end }) => end.exitCode],
  ['exit ms', ({ end }) => Math.round(end.ms)],
];

/** The names of the columns. */
export function roundHead(): string {
  return COLUMNS.map(([name]) => name).join('  ');
}

/** The figures of a round below them. */
export function roundLine(round: Round): string {
  return COLUMNS.map(([name, of]) => String(of(round)).padStart(name.length)).join('  ');
}
