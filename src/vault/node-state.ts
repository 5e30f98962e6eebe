import { causeOfFault, type FailureCause } from '../domain/failure-cause.ts';

/** @see https://developer.hashicorp.com/vault/api-docs#http-status-codes */
const SEALED = 503;

/** What one address says about itself. */
export type NodeState =
  /** It says that it is the active node, in the term of office that began at `activeTime`. */
  | { readonly kind: 'active'; readonly activeTime: string }
  /** `leaderAddress` is who it takes for the active node; empty where it knows of none. */
  | { readonly kind: 'standby'; readonly leaderAddress: string }
  /** An HTTP answer that says neither: sealed, not initialised, or not Vault. */
  | { readonly kind: 'other'; readonly status: number }
  | { readonly kind: 'unreachable'; readonly code: string };

/** What is wrong with Vault where none of its nodes says that it is active. */
export function causeOfNone(states: readonly NodeState[]): FailureCause {
  const others = states.filter((state) => state.kind === 'other');
  if (states.some(({ kind }) => kind === 'standby')) return 'no_active_node';
  if (others.some(({ status }) => status === SEALED)) return 'sealed';
  if (others.length > 0) return 'error';
  const unreached = states.filter((state) => state.kind === 'unreachable');
  return unreached.map(causeOfFault).find((cause) => cause === 'slow') ?? 'unreachable';
}
