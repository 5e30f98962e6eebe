import { quantile } from '../../bench/statistics.ts';
import type { Round } from './round.ts';
import { KINDS, type VaultCall } from './vault-calls.ts';

/** A share of calls that ended OK. */
export interface Share {
  readonly ok: number;
  readonly all: number;
}

export function shareOf(calls: readonly VaultCall[]): Share {
  return { ok: calls.filter(({ attempts }) => attempts !== undefined).length, all: calls.length };
}

/** Calls that began while a replica had no leader to ask. */
export function inOutages(
  calls: readonly VaultCall[],
  rounds: readonly Round[],
): readonly VaultCall[] {
  return calls.filter(({ begunAt }) =>
    rounds.some(({ killedAt, servesMs }) => begunAt >= killedAt && begunAt < killedAt + servesMs),
  );
}

export function percent({ ok, all }: Share): string {
  return `${((100 * ok) / all).toFixed(2)} %`;
}

/** `p50 3 ms, p99 10 ms, max 20 ms`. */
export function spread(values: readonly number[]): string {
  if (values.length === 0) return 'none';
  const [p50, p99, most] = [0.5, 0.99, 1].map((q) => Math.round(quantile(values, q)));
  return `p50 ${p50} ms, p99 ${p99} ms, max ${most} ms`;
}

/** A line for each kind of call. */
export function linesOf(calls: readonly VaultCall[]): readonly string[] {
  return KINDS.map((kind) => {
    const own = calls.filter((call) => call.kind === kind);
    const went = own.filter(({ attempts }) => attempts !== undefined);
    const atOnce = went.filter(({ attempts }) => attempts === 1).length;
    const { ok, all } = shareOf(own);
    const times = spread(went.map(({ ms }) => ms));
    return `${kind}: ${ok} of ${all} OK, ${atOnce} of them at the first attempt; ${times}`;
  });
}
