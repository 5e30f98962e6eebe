/** Why Vault refuses the service, as the metric `tokenvault_vault_access_lost` names it. */
export const ACCESS_CAUSES = [
  'token_dead',
  'login_refused',
  'policy_denies',
  'mount_missing',
] as const;
export type AccessCause = (typeof ACCESS_CAUSES)[number];

/** Something that Vault refuses now, until it is seen to work again. */
export interface AccessLoss {
  readonly cause: AccessCause;
  /** Wall clock, milliseconds since the epoch. */
  readonly since: number;
  /** What is wrong, in words of our own. */
  readonly detail: string;
}

/** How the service stands with Vault at this instant, without asking it. */
export interface VaultAccess {
  readonly lost: readonly AccessLoss[];
  /** Until the token ends unless it is renewed; infinite where it does not, or nobody knows. */
  readonly tokenLeftMs: number;
}
