import { quantile } from '../../bench/statistics.ts';
import type { Columns } from '../columns.ts';
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

export const ROUND_COLUMNS: Columns<Round> = [
  ['round', ({ number }) => number],
  ['replica', ({ replica }) => replica],
  ['calls', ({ tokens }) => tokens.ended],
  ['failed', ({ tokens }) => tokens.failed],
  ['p99 ms', ({ tokens }) => quantile(tokens.latencies, 0.99)],
  ['slowest ms', ({ tokens }) => quantile(tokens.latencies, 1)],
  ['exchanges', ({ exchanges }) => exchanges.ended],
  ['failed', ({ exchanges }) => exchanges.failed],
  ['calls under way', ({ underWay }) => underWay.tokens],
  ['exchanges under way', ({ underWay }) => underWay.exchanges],
  ['answered after', ({ end }) => end.answered],
  ['exit code', ({ end }) => end.exitCode],
  ['exit ms', ({ end }) => end.ms],
];
