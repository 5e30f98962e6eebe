import { FIGURES, type FigureName, type Figures } from './figures.ts';
import { shown } from './report.ts';

/** What the project promises: each of these figures is at most so much. */
const PROMISES: readonly (readonly [FigureName, number])[] = [
  ['cached_call_to_noop_cpu_ratio', 1.15],
  ['cached_call_to_kv_read_cpu_ratio', 1],
  ['cached_calls_google_requests', 0],
  // The revocation log is read twice a second, calls or not.
  ['vault_requests_per_cached_call', 0.05],
  ['crowd_refreshes', 1],
  ['crowd_failures', 0],
  ['memory_per_cached_user_bytes', 1_024],
  ['start_ms', 700],
  ['client_held_token_cpu_us', 2],
  ['client_memory_per_token_bytes', 1_024],
  ['client_memory_growth_bytes', 1_048_576],
];

/** A line for each promise that is broken. What this machine does not tell breaks none. */
export function brokenPromises(figures: Figures): readonly string[] {
  return PROMISES.flatMap(([name, most]) => {
    const value = figures[name];
    if (value === null || value <= most) return [];
    const { unit } = FIGURES[name];
    return [`${name} is ${shown(value, unit)}; promised is at most ${shown(most, unit)}.`];
  });
}
