import type { CallerRights } from '../domain/caller-rights.ts';
import type { Grant } from '../domain/grant.ts';
import type { Stored } from '../domain/store.ts';
import type { UserRecord } from '../domain/user-record.ts';
import type { ListPlace } from './page-tokens.ts';
import type { UsersFilter, UserView } from './token-vault.ts';
import { userViewOf } from './user-view.ts';

/** Records that one call looks at, whether or not they pass the filter. */
const RECORDS_PER_CALL = 500;
/** About as much as a page holds; a client takes 4 MiB. */
const PAGE_BYTES = 1024 * 1024;

/** What a page is made for. */
export interface Wanted {
  readonly filter: UsersFilter;
  readonly rights: CallerRights;
  readonly pageSize: number;
}

/** A page as it grows. */
export class Page {
  readonly wanted: Wanted;
  readonly users: UserView[] = [];
  place: ListPlace;
  unreadable = 0;
  firstUnreadable: { readonly shard: number; readonly name: string } | undefined;
  #looked = 0;
  #bytes = 0;

  constructor(place: ListPlace, wanted: Wanted) {
    this.place = place;
    this.wanted = wanted;
  }

  /** How many more records may be looked at. */
  get room(): number {
    return Math.min(RECORDS_PER_CALL - this.#looked, this.wanted.pageSize - this.users.length);
  }

  get isFull(): boolean {
    return this.room <= 0 || this.#bytes >= PAGE_BYTES;
  }

  look(name: string, stored: Stored<UserRecord>): void {
    this.#looked += 1;
    this.place = { shard: this.place.shard, after: name };
    if (stored.kind === 'corrupt') {
      this.unreadable += 1;
      this.firstUnreadable ??= { shard: this.place.shard, name };
    }
    if (stored.kind !== 'present' || !passes(stored.record, this.wanted)) return;
    const user = userViewOf(stored);
    this.users.push(user);
    this.#bytes += JSON.stringify(user).length;
  }
}

function passes({ hostedDomain, state, grants }: UserRecord, { filter, rights }: Wanted): boolean {
  if (!rights.allowsUser(hostedDomain)) return false;
  const { oauthClient } = filter;
  const counted =
    oauthClient === undefined ? [...grants.values()].flat() : (grants.get(oauthClient) ?? []);
  if (oauthClient !== undefined && counted.length === 0) return false;
  if (filter.state === undefined) return true;
  return filter.state === (state === 'active' ? lifeOf(counted) : state);
}

function lifeOf(grants: readonly Grant[]): 'active' | 'dead' {
  return grants.some(({ state }) => state === 'live') ? 'active' : 'dead';
}
