import { Places } from '../concurrency/places.ts';
import type { Alerts } from '../domain/alerts.ts';
import type { CallContext } from '../domain/caller.ts';
import type { Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { ActiveTerm } from './active-term.ts';
import { type ListPlace, PageTokens } from './page-tokens.ts';
import type { ListUsersRequest, UserPage } from './token-vault.ts';
import { Page } from './user-page.ts';

/** Shards that one call lists, and requests of it to Vault at a time. */
const SHARDS_PER_CALL = 512;
const REQUESTS_AT_A_TIME = 8;
/** A call begins nothing new after this, nor when its caller has this much time left. */
const WORK_MS = 2_000;
const SPARE_MS = 500;
/** Lists at a time in this replica: with their reads they take half of the requests to Vault. */
const LISTS = { places: 2, waiting: 16 };
const PATIENCE_MS = 2_000;

export interface ListUsersDeps {
  readonly clock: Clock;
  readonly alerts: Alerts;
  readonly users: UserStore;
  readonly keyedHash: KeyedHash;
}

/** ListUsers: walks the shards, a bounded piece of them for each call. */
export class ListUsers {
  readonly #deps: ListUsersDeps;
  readonly #term: ActiveTerm;
  readonly #places: Places;
  readonly #tokens: PageTokens;

  constructor(deps: ListUsersDeps, term: ActiveTerm) {
    this.#deps = deps;
    this.#term = term;
    this.#places = new Places(LISTS, deps.clock);
    this.#tokens = new PageTokens(deps.keyedHash);
  }

  async run(request: ListUsersRequest, { rights, deadline }: CallContext): Promise<UserPage> {
    const { pageToken, filter, pageSize } = request;
    const start =
      pageToken === undefined ? { shard: 0, after: '' } : this.#tokens.read(pageToken, filter);
    if (!(await this.#places.take(PATIENCE_MS))) {
      throw new Failure('NOT_READY', { detail: 'too many lists at a time' });
    }
    try {
      const wanted = { filter, rights, pageSize };
      return await this.#term.confirmed(() => this.#page(new Page(start, wanted), deadline));
    } finally {
      this.#places.giveBack();
    }
  }

  async #page(page: Page, deadline: number): Promise<UserPage> {
    const { clock, users } = this.#deps;
    const until = Math.min(clock.monotonic() + WORK_MS, deadline - SPARE_MS);
    const mayGoOn = () => !page.isFull && clock.monotonic() < until;
    for (let listed = 0, atATime = 1; listed < SHARDS_PER_CALL; ) {
      const lists = await this.#listsFrom(page.place, atATime);
      for (const names of lists) {
        if (!(await this.#read(page, names, mayGoOn))) return this.#pageOf(page);
        page.place = { shard: page.place.shard + 1, after: '' };
        if (!mayGoOn()) return this.#pageOf(page);
      }
      if (page.place.shard >= users.shards) break;
      listed += lists.length;
      // Where they hold so many that a page ends among them, those behind would be listed in vain.
      atATime = lists.flat().length <= lists.length ? REQUESTS_AT_A_TIME : 1;
    }
    return this.#pageOf(page);
  }

  /** The names in so many shards, without those of the first that were looked at. */
  #listsFrom({ shard, after }: ListPlace, atATime: number): Promise<readonly string[][]> {
    const { users } = this.#deps;
    const count = Math.max(0, Math.min(atATime, users.shards - shard));
    const namesIn = async (_: unknown, index: number) =>
      (await users.list(shard + index)).filter((name) => index > 0 || name > after);
    return Promise.all(Array.from({ length: count }, namesIn));
  }

  /** @returns whether all of `names`, of the shard that the page is in, were looked at */
  async #read(page: Page, names: readonly string[], mayGoOn: () => boolean): Promise<boolean> {
    const { shard } = page.place;
    for (let next = 0; next < names.length; ) {
      const some = names.slice(next, next + Math.min(REQUESTS_AT_A_TIME, page.room));
      const read = (name: string) => this.#deps.users.readListed(shard, name);
      const found = await Promise.all(some.map(read));
      for (const [index, stored] of found.entries()) {
        page.look(some[index] ?? '', stored);
        next += 1;
        if (page.isFull) break;
      }
      if (!mayGoOn()) return next === names.length;
    }
    return true;
  }

  #pageOf(page: Page): UserPage {
    const { users, alerts } = this.#deps;
    const { place, wanted, unreadable } = page;
    if (page.firstUnreadable !== undefined) {
      const { shard, name } = page.firstUnreadable;
      const record = users.pathOf(shard, name);
      alerts.raise('stored_record_corrupt', { record, records: unreadable, foundBy: 'list' });
    }
    const isLast = place.shard >= users.shards;
    return {
      users: page.users,
      ...(isLast ? {} : { nextPageToken: this.#tokens.write(place, wanted.filter) }),
      partsDone: place.shard,
      partsTotal: users.shards,
      unreadable: wanted.rights.coversEveryUser ? unreadable : 0,
    };
  }
}
