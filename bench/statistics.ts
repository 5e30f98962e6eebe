/** The value below which the share `q` (0 to 1) of `values` lies, between neighbours by proportion. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  if (below === undefined || above === undefined) throw new Error('There is nothing to rank.');
  return below + (above - below) * (at - Math.floor(at));
}

/**
 * Of times: what the work costs when the neighbours on the machine disturb it least, without
 * trusting the single luckiest round.
 */
export function lowerQuartile(values: readonly number[]): number {
  return quantile(values, 0.25);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
