import type { Alerts } from '../domain/alerts.ts';
import { Failure } from '../domain/failure.ts';
import type { VaultClient } from './vault-client.ts';
import { VaultFault } from './vault-fault.ts';

/**
 * Finds out what a 403 means: OpenBao answers a dead token and a policy that denies alike, so the
 * token asks about itself. Any number of refused requests ask once together.
 */
export class Access {
  readonly #alerts: Alerts;
  #asking: Promise<Failure> | undefined;

  constructor(alerts: Alerts) {
    this.#alerts = alerts;
  }

  /** The failure that a request ends with that was answered 403. */
  denied(client: VaultClient): Promise<Failure> {
    this.#asking ??= this.#ask(client).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** The failure that a request ends with that met no KV v2 mount. */
  misconfigured(): Failure {
    return this.#lost('a KV v2 mount is missing');
  }

  async #ask(client: VaultClient): Promise<Failure> {
    try {
      const { status } = await client.read('auth/token/lookup-self');
      if (status === 200) return this.#lost('the policy denies a request');
      if (status === 403) return this.#lost('the token is dead');
      return new Failure('STORE_UNAVAILABLE', { detail: `Vault answers ${status} to look-ups` });
    } catch (error) {
      if (!(error instanceof VaultFault)) throw error;
      return new Failure('STORE_UNAVAILABLE', { detail: error.message });
    }
  }

  #lost(problem: string): Failure {
    this.#alerts.raise('store_access_lost', { problem });
    return new Failure('STORE_ACCESS_LOST', { detail: problem });
  }
}
