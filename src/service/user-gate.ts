import type { Alerts } from '../domain/alerts.ts';
import { type CallerRights, notAllowed } from '../domain/caller-rights.ts';
import type { LoggedUsers } from '../domain/logged-users.ts';
import type { Stored } from '../domain/store.ts';
import type { UserRecord } from '../domain/user-record.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { ActiveTerm } from './active-term.ts';
import type { BatchReads } from './batch-reads.ts';
import type { Urgency } from './urgency.ts';

export interface UserGateDeps {
  readonly alerts: Alerts;
  readonly users: UserStore;
  readonly loggedUsers: LoggedUsers;
}

export interface UserGateParts {
  readonly term: ActiveTerm;
  readonly batchReads: BatchReads;
}

/**
 * Keeps callers that are restricted to hosted domains from the users of others. A user who is not
 * known is nobody's: such a caller does not learn who exists.
 */
export class UserGate {
  readonly #deps: UserGateDeps;
  readonly #parts: UserGateParts;

  constructor(deps: UserGateDeps, parts: UserGateParts) {
    this.#deps = deps;
    this.#parts = parts;
  }

  /**
   * Reads the user's record, for a caller of whom that decides anything.
   * @throws Failure CALLER_NOT_ALLOWED; STORE_UNAVAILABLE, STORE_ACCESS_LOST; for a batch NOT_READY
   */
  async admit(userId: string, rights: CallerRights, urgency: Urgency = 'call'): Promise<void> {
    if (rights.coversEveryUser) return;
    const { term, batchReads } = this.#parts;
    const read = () =>
      term.confirmedRefusal(async () => {
        this.check(await this.#deps.users.read(userId), userId, rights);
      });
    await (urgency === 'batch' ? batchReads.run(read) : read());
  }

  /** The same for a record that was just read. @throws Failure CALLER_NOT_ALLOWED */
  check(stored: Stored<UserRecord>, userId: string, rights: CallerRights): void {
    const known = stored.kind === 'present' ? stored.record.hostedDomain : undefined;
    if (rights.allowsUser(known)) return;
    if (stored.kind === 'corrupt') {
      this.#deps.alerts.raise('stored_record_corrupt', this.#deps.loggedUsers.of(userId));
    }
    throw notAllowed('user');
  }
}
