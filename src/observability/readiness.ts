import type { FailingDependency, ReplicaStatus } from '../domain/replica-status.ts';

/**
 * `degraded`: serves what it can, which is at least cached tokens, while a dependency fails.
 * `unavailable`: can do nothing until the dependency is back.
 */
export type ReadinessState = 'starting' | 'ready' | 'degraded' | 'unavailable' | 'draining';

/** How a process that has started is. */
export interface ServingStatus {
  readonly failing: readonly FailingDependency[];
  /** Whether it is of any use now. */
  readonly serves: boolean;
}

/** What `/readyz` says. */
export interface ReadinessReport {
  readonly state: ReadinessState;
  readonly failing: readonly {
    readonly dependency: string;
    /** RFC 3339, UTC. */
    readonly since: string;
    readonly detail: string;
  }[];
}

/** Whether calls should be sent here, from the start of the process to its end. */
export class Readiness {
  #state: 'starting' | 'serving' | 'draining' = 'starting';
  #status: () => ServingStatus = () => ({ failing: [], serves: false });

  /** From now on calls are taken, and `status` says how that goes. */
  serving(status: () => ServingStatus): void {
    this.#state = 'serving';
    this.#status = status;
  }

  /** From now on no call should come any more. */
  draining(): void {
    this.#state = 'draining';
  }

  report(): ReadinessReport {
    const { failing, serves } = this.#status();
    const dependencies = failing.map(({ name, since, detail }) => ({
      dependency: name,
      since: new Date(since).toISOString(),
      detail,
    }));
    const serving = serves ? (failing.length === 0 ? 'ready' : 'degraded') : 'unavailable';
    return { state: this.#state === 'serving' ? serving : this.#state, failing: dependencies };
  }
}

/** How a replica is, in the terms of its readiness. */
export function servingStatus({ failing, servesTokens: serves }: ReplicaStatus): ServingStatus {
  return { failing, serves };
}

/** A degraded replica still is of use: if all of them left at once, nobody would serve cached tokens. */
export function takesCalls(state: ReadinessState): boolean {
  return state === 'ready' || state === 'degraded';
}
