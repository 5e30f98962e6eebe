import { FIGURES, type FigureName, type Figures } from './figures.ts';
import { shown } from './report.ts';

type Bound = 'at most' | 'at least';

/** What the project promises of each of these figures. */
const PROMISES: readonly (readonly [FigureName, Bound, number])[] = [
  ['cached_call_to_noop_cpu_ratio', 'at most', 1.15],
  ['cached_call_to_kv_read_cpu_ratio', 'at most', 1],
  ['cached_calls_google_requests', 'at most', 0],
  // The revocation log is read twice a second, calls or not.
  ['vault_requests_per_cached_call', 'at most', 0.05],
  ['crowd_refreshes', 'at most', 1],
  ['crowd_failures', 'at most', 0],
  ['cached_call_to_batched_token_cpu_ratio', 'at least', 12],
  ['memory_per_cached_user_bytes', 'at most', 1_024],
  ['start_ms', 'at most', 700],
  ['client_held_token_cpu_us', 'at most', 2],
  ['client_memory_per_token_bytes', 'at most', 1_024],
  ['client_memory_growth_bytes', 'at most', 1_048_576],
  ['client_loop_memory_growth_bytes', 'at most', 1_048_576],
];

/** A line for each promise that is broken. What this machine does not tell breaks none. */
export function brokenPromises(figures: Figures): readonly string[] {
  return PROMISES.flatMap(([name, bound, promised]) => {
    const value = figures[name];
    if (value === null || (bound === 'at most' ? value <= promised : value >= promised)) return [];
    const { unit } = FIGURES[name];
    return [`${name} is ${shown(value, unit)}; promised is ${bound} ${shown(promised, unit)}.`];
  });
}
