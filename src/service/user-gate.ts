import type { Alerts } from '../domain/alerts.ts';
import { type CallerRights, notAllowed } from '../domain/caller-rights.ts';
import type { LoggedUsers } from '../domain/logged-users.ts';
import type { Stored } from '../domain/store.ts';
import type { UserRecord } from '../domain/user-record.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { ActiveTerm } from './active-term.ts';

export interface UserGateDeps {
  readonly alerts: Alerts;
  readonly users: UserStore;
  readonly loggedUsers: LoggedUsers;
}

/**
 * Keeps callers that are restricted to hosted domains from the users of others. A user who is not
 * known is nobody's: such a caller does not learn who exists.
 */
export class UserGate {
  readonly #deps: UserGateDeps;
  readonly #term: ActiveTerm;

  constructor(deps: UserGateDeps, term: ActiveTerm) {
    this.#deps = deps;
    this.#term = term;
  }

  /**
   * Reads the user's record, for a caller of whom that decides anything.
   * @throws Failure CALLER_NOT_ALLOWED; STORE_UNAVAILABLE, STORE_ACCESS_LOST
   */
  async admit(userId: string, rights: CallerRights): Promise<void> {
    if (rights.coversEveryUser) return;
    await this.#term.confirmedRefusal(async () => {
      this.check(await this.#deps.users.read(userId), userId, rights);
    });
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
