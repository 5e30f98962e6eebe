export type VaultProblemKind =
  | 'token_refused'
  | 'vault_refuses'
  | 'capability_missing'
  | 'mount_missing'
  | 'mount_not_kv2'
  | 'mount_not_ready'
  | 'mount_unavailable'
  | 'mount_expires'
  | 'mount_without_cas'
  | 'mount_versions'
  | 'record_missing';

/** Something in Vault that keeps the service from working. */
export interface VaultProblem {
  readonly kind: VaultProblemKind;
  /** A clause without its end. */
  readonly what: string;
  /** What to do, as a clause. */
  readonly remedy: string;
}

export function sentenceOf({ what, remedy }: VaultProblem): string {
  return `${what}: ${remedy}.`;
}

export const RUN_INIT = 'run `tokenvault init` with an operator token';
