import type { Alerts } from '../domain/alerts.ts';
import type { CallContext } from '../domain/caller.ts';
import { Failure } from '../domain/failure.ts';
import type { LoggedUsers } from '../domain/logged-users.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { ActiveTerm } from './active-term.ts';
import type { GetUserRequest, UserView } from './token-vault.ts';
import type { UserGate } from './user-gate.ts';
import { userViewOf } from './user-view.ts';

export interface GetUserDeps {
  readonly alerts: Alerts;
  readonly users: UserStore;
  readonly loggedUsers: LoggedUsers;
}

/** GetUser: what is stored about a user, without any token. */
export class GetUser {
  readonly #deps: GetUserDeps;
  readonly #term: ActiveTerm;
  readonly #gate: UserGate;

  constructor(deps: GetUserDeps, parts: { readonly term: ActiveTerm; readonly gate: UserGate }) {
    this.#deps = deps;
    this.#term = parts.term;
    this.#gate = parts.gate;
  }

  async run({ userId }: GetUserRequest, { rights }: CallContext): Promise<UserView> {
    const stored = await this.#term.confirmed(() => this.#deps.users.read(userId));
    this.#gate.check(stored, userId, rights);
    if (stored.kind === 'absent') throw new Failure('USER_NOT_CONNECTED');
    if (stored.kind === 'corrupt') {
      this.#deps.alerts.raise('stored_record_corrupt', this.#deps.loggedUsers.of(userId));
      throw new Failure('STORED_RECORD_CORRUPT');
    }
    return userViewOf(stored);
  }
}
