import type { Alerts } from '../domain/alerts.ts';
import { type CallerRights, notAllowed } from '../domain/caller-rights.ts';
import { Failure, isFailure } from '../domain/failure.ts';
import { type LinkRecord, type LinkStore, MAX_LINKED_USERS } from '../domain/link-store.ts';
import type { LoggedUsers } from '../domain/logged-users.ts';
import type { Logger } from '../domain/logger.ts';
import type { Random } from '../domain/random.ts';
import type { Stored } from '../domain/store.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { ActiveTerm } from './active-term.ts';
import { type NameHolder, nameHolder } from './name-holder.ts';

const MAX_ROUNDS = 20;

export interface NameBinderDeps {
  readonly random: Random;
  readonly logger: Logger;
  readonly alerts: Alerts;
  readonly users: UserStore;
  readonly links: LinkStore;
  readonly loggedUsers: LoggedUsers;
}

/** A name that an account is to get together with a refresh token. */
export interface WantedName {
  readonly externalUserId: string;
  readonly userId: string;
  /** Whether it may be taken from another account whose user is connected. */
  readonly rebind: boolean;
  /** Of who wants it. */
  readonly rights: CallerRights;
}

/** What the link says after the first half of a binding. */
interface Linked {
  readonly version: number;
  readonly userIds: readonly string[];
}

/**
 * Binds a caller's own name to a Google account. The link comes first, then the user's record, which
 * alone makes it true: a binding that is never committed takes the name from nobody.
 */
export class NameBinder {
  readonly #deps: NameBinderDeps;
  readonly #term: ActiveTerm;

  constructor(deps: NameBinderDeps, term: ActiveTerm) {
    this.#deps = deps;
    this.#term = term;
  }

  /**
   * Makes sure that links can be read at all, before a code is spent.
   * @throws Failure STORE_ACCESS_LOST where the policy is of an earlier release; STORE_UNAVAILABLE
   */
  async ready(externalUserId: string): Promise<void> {
    await this.#deps.links.read(externalUserId);
  }

  /**
   * `commit`, which writes the record that carries the name, with the link written before it. Called
   * again, it goes on where it failed: nothing is refused any more once a commit was tried.
   * It throws, beside what `commit` does, Failure USER_MISMATCH where another account has the name, and
   * CALLER_NOT_ALLOWED where that account is none of the caller's business.
   */
  bound<T>(wanted: WantedName, commit: () => Promise<T>): () => Promise<T> {
    const writeId = this.#deps.random.id();
    let linked: Linked | undefined;
    return async () => {
      linked ??= await this.#link(wanted, writeId);
      const committed = await commit();
      await this.#settle(wanted, linked);
      return committed;
    };
  }

  /** Names the account first in the link. */
  async #link(wanted: WantedName, writeId: string): Promise<Linked> {
    const { externalUserId, userId } = wanted;
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const { link, userIds, holder } = await this.#term.confirmed(() => this.#look(wanted));
      if (holder !== undefined) this.#checkTaking(holder, wanted);
      if (userIds[0] === userId) return { version: link.version, userIds };
      const next = { externalUserId, userIds: withNewest(userId, userIds, holder) };
      const condition = { expectedVersion: link.version, writeId };
      const written = await this.#deps.links.write(next, condition);
      if (written.outcome === 'conflict') continue;
      if (link.kind === 'corrupt') {
        this.#deps.alerts.raise('stored_record_corrupt', { record: 'link', replacedBy: 'binding' });
      }
      return { version: written.version, userIds: next.userIds };
    }
    throw new Failure('CONCURRENT_UPDATE', { detail: 'link' });
  }

  async #look({ externalUserId, userId }: WantedName): Promise<Seen> {
    const link = await this.#deps.links.read(externalUserId);
    const userIds = link.kind === 'present' ? link.record.userIds : [];
    // Nobody else can have it then, whatever is in the record.
    if (userIds.every((one) => one === userId)) return { link, userIds };
    return {
      link,
      userIds,
      holder: await nameHolder(this.#deps.users, { externalUserId, userIds }),
    };
  }

  /** @throws Failure USER_MISMATCH, CALLER_NOT_ALLOWED */
  #checkTaking({ userId, stored }: NameHolder, wanted: WantedName): void {
    if (userId === wanted.userId) return;
    const isKnown = stored.kind === 'present';
    if (isKnown && stored.record.state !== 'active') return;
    if (!isKnown) {
      this.#deps.alerts.raise('stored_record_corrupt', this.#deps.loggedUsers.of(userId));
    }
    const hostedDomain = isKnown ? stored.record.hostedDomain : undefined;
    if (!wanted.rights.allowsUser(hostedDomain)) throw notAllowed('user');
    if (wanted.rebind) return;
    throw new Failure('USER_MISMATCH', { metadata: { mismatch: 'externalUser' } });
  }

  /**
   * Leaves the account alone in the link, so that a former one never comes back should this one get
   * another name. The name is bound without it.
   */
  async #settle({ externalUserId, userId }: WantedName, linked: Linked): Promise<void> {
    if (linked.userIds.length === 1) return;
    const condition = { expectedVersion: linked.version, writeId: this.#deps.random.id() };
    try {
      await this.#deps.links.write({ externalUserId, userIds: [userId] }, condition);
    } catch (error) {
      const reason = isFailure(error) ? error.reason : 'INTERNAL';
      this.#deps.logger.warn('link_not_settled', { reason });
    }
  }
}

/** What is stored of a name. */
interface Seen {
  readonly link: Stored<LinkRecord>;
  readonly userIds: readonly string[];
  readonly holder?: NameHolder | undefined;
}

/** Those behind who has the name have lost it; those before are on their way to it, or never came. */
function withNewest(
  userId: string,
  userIds: readonly string[],
  holder: NameHolder | undefined,
): readonly string[] {
  const end = holder === undefined ? userIds.length : userIds.indexOf(holder.userId);
  const others = userIds.slice(0, end).filter((one) => one !== userId);
  const former = holder === undefined || holder.userId === userId ? [] : [holder.userId];
  return [userId, ...others.slice(0, MAX_LINKED_USERS - 2), ...former];
}
