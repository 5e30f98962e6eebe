/** Every figure: its unit and what it is. Names are stable; `docs/performance.md` says what each means. */
export const FIGURES = {
  cached_call_to_noop_cpu_ratio: { unit: '×', label: 'cached call / no-op handler, CPU' },
  logged_call_to_noop_cpu_ratio: { unit: '×', label: 'the same with log.level debug' },
  noop_to_noop_cpu_ratio: { unit: '×', label: 'A/A control: no-op / no-op, CPU' },
  cached_call_cpu_us: { unit: 'µs', label: 'CPU of a cached call' },
  noop_call_cpu_us: { unit: 'µs', label: 'CPU of a no-op call' },
  http2_call_cpu_us: { unit: 'µs', label: 'CPU of a call of bare node:http2' },
  cached_call_to_http2_rate_ratio: { unit: '×', label: 'cached call / bare node:http2, rate' },
  noop_to_http2_rate_ratio: { unit: '×', label: 'no-op handler / bare node:http2, rate' },
  cached_call_rate: { unit: '/s', label: 'cached calls' },
  noop_rate: { unit: '/s', label: 'no-op calls' },
  http2_rate: { unit: '/s', label: 'calls of bare node:http2' },
  kv_read_cpu_us: { unit: 'µs', label: 'CPU of a KV v2 read in OpenBao' },
  cached_call_to_kv_read_cpu_ratio: { unit: '×', label: 'cached call / KV v2 read, CPU' },
  cached_calls_google_requests: { unit: '', label: 'requests to Google for all cached calls' },
  vault_requests_per_cached_call: { unit: '/call', label: 'requests to Vault meanwhile' },
  cold_call_ms: { unit: 'ms', label: 'cold call without Google’s part, median' },
  cold_call_total_ms: { unit: 'ms', label: 'cold call, median' },
  cold_call_google_ms: { unit: 'ms', label: 'the stand-in’s part of it, median' },
  crowd_callers: { unit: '', label: 'callers at once for one cold user' },
  crowd_refreshes: { unit: '', label: 'refreshes at Google for all of them' },
  crowd_failures: { unit: '', label: 'of them failed' },
  crowd_ms: { unit: 'ms', label: 'until the last is answered, without Google’s part' },
  memory_per_cached_user_bytes: { unit: 'B', label: 'memory per cached user' },
  cached_users: { unit: '', label: 'users in the cache for it' },
  p99_few_users_ms: { unit: 'ms', label: 'p99 of a cached call with few users' },
  p99_many_users_ms: { unit: 'ms', label: 'p99 of a cached call with many users' },
  p99_many_to_few_ratio: { unit: '×', label: 'p99, many / few users' },
  start_ms: { unit: 'ms', label: 'from the first answer of Vault to SERVING, median' },
  start_process_ms: { unit: 'ms', label: 'from the start of the process to SERVING, median' },
  client_held_token_cpu_us: { unit: 'µs', label: 'CPU of the library for a token that it holds' },
  client_memory_per_token_bytes: { unit: 'B', label: 'memory per token that the library holds' },
  client_users: { unit: '', label: 'users that one process of the library works for' },
  client_memory_growth_bytes: { unit: 'B', label: 'memory more after them than with 10 000' },
} as const;

export type FigureName = keyof typeof FIGURES;

/** Null: not available on this machine. */
export type Figures = Readonly<Record<FigureName, number | null>>;
