/** Why something outside does not work: the label `cause` of `tokenvault_dependency_failing`. */
export const FAILURE_CAUSES = {
  vault: ['unreachable', 'slow', 'sealed', 'no_active_node', 'access_lost', 'error'],
  google: ['unreachable', 'slow', 'throttled', 'error'],
  token_vault: ['unreachable'],
} as const;

/** What a process depends on; `token_vault` is what the gateway does. */
export type Dependency = keyof typeof FAILURE_CAUSES;
export type FailureCause = (typeof FAILURE_CAUSES)[Dependency][number];

const SLOW: readonly string[] = ['TIMEOUT', 'NO_CONNECTION_FREE'];

/** What a request without a whole answer says of whoever was asked, by the code of its fault. */
export function causeOfFault({
  code,
}: {
  readonly code: string;
}): 'unreachable' | 'slow' | 'error' {
  if (code === 'BODY_TOO_LARGE') return 'error';
  return SLOW.includes(code) ? 'slow' : 'unreachable';
}
