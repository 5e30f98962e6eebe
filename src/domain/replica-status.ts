import type { Dependency, FailureCause } from './failure-cause.ts';
import type { VaultAccess } from './vault-access.ts';

/** Something outside that a process needs and that does not work now. */
export interface FailingDependency {
  readonly name: Dependency;
  readonly cause: FailureCause;
  /** When it was first seen to fail since it last worked: wall clock, milliseconds since the epoch. */
  readonly since: number;
  /** What is wrong, in words of our own. */
  readonly detail: string;
}

/** Google throttled an OAuth client: nobody asks it in its name for so long. */
export interface GooglePause {
  readonly oauthClient: string;
  /** 0 when it is over. */
  readonly leftMs: number;
}

/** What one replica knows of itself at this instant. */
export interface ReplicaStatus {
  readonly failing: readonly FailingDependency[];
  /** Whether any token can be handed out; in revocation mode `strict` none can without Vault. */
  readonly servesTokens: boolean;
  /** Age of the view of the revocation log; infinite before the first reading. */
  readonly logAgeMs: number;
  readonly cachedTokens: number;
  readonly refreshesInFlight: number;
  /** Of every OAuth client that was used. */
  readonly googlePauses: readonly GooglePause[];
}

/** A replica, and how it stands with Vault. */
export interface ServiceStatus extends ReplicaStatus {
  readonly vault: VaultAccess;
}
