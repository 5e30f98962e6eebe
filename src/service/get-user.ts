import type { Alerts } from '../domain/alerts.ts';
import type { CallContext } from '../domain/caller.ts';
import { notAllowed } from '../domain/caller-rights.ts';
import { Failure } from '../domain/failure.ts';
import type { LinkStore } from '../domain/link-store.ts';
import type { LoggedUsers } from '../domain/logged-users.ts';
import type { Stored } from '../domain/store.ts';
import type { UserRecord } from '../domain/user-record.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { ActiveTerm } from './active-term.ts';
import { nameHolder } from './name-holder.ts';
import type { GetUserRequest, UserView } from './token-vault.ts';
import type { UserGate } from './user-gate.ts';
import { userViewOf } from './user-view.ts';

export interface GetUserDeps {
  readonly alerts: Alerts;
  readonly users: UserStore;
  readonly links: LinkStore;
  readonly loggedUsers: LoggedUsers;
}

/** Who was asked for; without a user where a name leads to nobody. */
type Found =
  | { readonly userId: string; readonly stored: Stored<UserRecord> }
  | { readonly userId: undefined; readonly isCorrupt: boolean };

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

  async run(request: GetUserRequest, { rights }: CallContext): Promise<UserView> {
    const found = await this.#term.confirmed(() => this.#find(request));
    if (found.userId === undefined) {
      if (found.isCorrupt) this.#deps.alerts.raise('stored_record_corrupt', { record: 'link' });
      // A name of nobody is nobody's.
      if (!rights.coversEveryUser) throw notAllowed('user');
      throw new Failure(found.isCorrupt ? 'STORED_RECORD_CORRUPT' : 'USER_NOT_CONNECTED');
    }
    const { userId, stored } = found;
    this.#gate.check(stored, userId, rights);
    if (stored.kind === 'absent') throw new Failure('USER_NOT_CONNECTED');
    if (stored.kind === 'corrupt') {
      this.#deps.alerts.raise('stored_record_corrupt', this.#deps.loggedUsers.of(userId));
      throw new Failure('STORED_RECORD_CORRUPT');
    }
    return userViewOf(stored);
  }

  async #find(request: GetUserRequest): Promise<Found> {
    const { users, links } = this.#deps;
    if ('userId' in request) {
      const { userId } = request;
      return { userId, stored: await users.read(userId) };
    }
    const link = await links.read(request.externalUserId);
    const holder = link.kind === 'present' ? await nameHolder(users, link.record) : undefined;
    return holder ?? { userId: undefined, isCorrupt: link.kind === 'corrupt' };
  }
}
