import type { Alerts } from '../domain/alerts.ts';
import type { Clock } from '../domain/clock.ts';
import type { Logger } from '../domain/logger.ts';
import { ACCESS_CAUSES, type AccessCause, type AccessLoss } from '../domain/vault-access.ts';

export interface AccessLossesDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly alerts: Alerts;
}

/** What Vault refuses now: remembered from the first refusal until it is seen to work again. */
export class AccessLosses {
  readonly #deps: AccessLossesDeps;
  readonly #lost = new Map<AccessCause, AccessLoss>();

  constructor(deps: AccessLossesDeps) {
    this.#deps = deps;
  }

  get all(): readonly AccessLoss[] {
    return ACCESS_CAUSES.flatMap((cause) => this.#lost.get(cause) ?? []);
  }

  has(cause: AccessCause): boolean {
    return this.#lost.has(cause);
  }

  /** Pages when it begins; a cause that is known already only gets its newest words. */
  note(cause: AccessCause, detail: string, page: (alerts: Alerts) => void): void {
    const known = this.#lost.get(cause);
    if (known?.detail === detail) return;
    const since = known?.since ?? this.#deps.clock.now();
    this.#lost.set(cause, { cause, since, detail });
    if (known === undefined) page(this.#deps.alerts);
    else this.#deps.logger.warn('vault_access_problem', { cause, problem: detail });
  }

  end(...causes: readonly AccessCause[]): void {
    for (const cause of causes) {
      if (this.#lost.delete(cause)) this.#deps.logger.info('vault_access_regained', { cause });
    }
  }
}
