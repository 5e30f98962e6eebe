import type { Alerts } from '../domain/alerts.ts';
import { type CallerRights, notAllowed } from '../domain/caller-rights.ts';
import { Failure } from '../domain/failure.ts';
import { type LinkRecord, type LinkStore, MAX_LINKED_USERS } from '../domain/link-store.ts';
import type { LoggedUsers } from '../domain/logged-users.ts';
import type { Logger } from '../domain/logger.ts';
import type { Random } from '../domain/random.ts';
import type { Stored } from '../domain/store.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { ActiveTerm } from './active-term.ts';
import { type Former, formerOf, LinkSettler } from './link-settler.ts';
import { type NameHolder, nameHolders } from './name-holder.ts';

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

/** The two halves of a binding; where no name is wanted, the record alone. */
export interface Binding<T> {
  /**
   * Writes the link, then the record that carries the name. Called again, it goes on where it failed:
   * nothing is refused any more once a commit was tried.
   */
  readonly commit: () => Promise<T>;
  /** Whether the name led to another account before; known once `commit` is over. */
  readonly rebound: () => boolean;
  /** Puts the link in order once the outcome is known. Nobody need wait for it. */
  readonly settle: () => void;
}

/**
 * Binds a caller's own name to a Google account. The link comes first, then the user's record, which
 * alone makes it true: a binding that is never committed takes the name from nobody.
 */
export class NameBinder {
  readonly #deps: NameBinderDeps;
  readonly #term: ActiveTerm;
  readonly #settler: LinkSettler;

  constructor(deps: NameBinderDeps, term: ActiveTerm) {
    this.#deps = deps;
    this.#term = term;
    this.#settler = new LinkSettler(deps);
  }

  /**
   * Makes sure that links can be read at all, before a code is spent.
   * @throws Failure STORE_ACCESS_LOST where the policy is of an earlier release; STORE_UNAVAILABLE
   */
  async ready(externalUserId: string): Promise<void> {
    await this.#deps.links.read(externalUserId);
  }

  /**
   * Whether the name may be had at all, before anything is spent that a refusal would lose.
   * @throws Failure USER_MISMATCH, CALLER_NOT_ALLOWED, and what reading links throws
   */
  async ensureFree(wanted: WantedName): Promise<void> {
    const { holder } = await this.#term.confirmed(() => this.#look(wanted));
    if (holder !== undefined) this.#checkTaking(holder, wanted);
  }

  /**
   * `commit`, which writes the record that carries the name, with the link written before it.
   * It throws, beside what `commit` does, Failure USER_MISMATCH where another account has the name, and
   * CALLER_NOT_ALLOWED where that account is none of the caller's business.
   */
  bound<T>(wanted: WantedName | undefined, commit: () => Promise<T>): Binding<T> {
    if (wanted === undefined) return { commit, rebound: () => false, settle: () => undefined };
    const writeId = this.#deps.random.id();
    let former: readonly Former[] | undefined;
    return {
      commit: async () => {
        former ??= await this.#link(wanted, writeId);
        return commit();
      },
      rebound: () => former !== undefined && former.length > 0,
      settle: () => this.#settler.settle(wanted, former ?? []),
    };
  }

  /** Resolves when no link is being put in order any more. */
  async drained(): Promise<void> {
    await this.#settler.drained();
  }

  /**
   * Names the account first in the link.
   * @returns those that lose the name by it
   */
  async #link(wanted: WantedName, writeId: string): Promise<readonly Former[]> {
    const { externalUserId, userId } = wanted;
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const { link, userIds, holder, former } = await this.#term.confirmed(() =>
        this.#look(wanted),
      );
      if (holder !== undefined) this.#checkTaking(holder, wanted);
      if (userIds[0] === userId) return former;
      const next = { externalUserId, userIds: withNewest(userId, userIds, former) };
      const condition = { expectedVersion: link.version, writeId };
      const written = await this.#deps.links.write(next, condition);
      if (written.outcome === 'conflict') continue;
      if (link.kind === 'corrupt') {
        this.#deps.alerts.raise('stored_record_corrupt', { record: 'link', replacedBy: 'binding' });
      }
      return former;
    }
    throw new Failure('CONCURRENT_UPDATE', { detail: 'link' });
  }

  async #look({ externalUserId, userId }: WantedName): Promise<Seen> {
    const link = await this.#deps.links.read(externalUserId);
    const userIds = link.kind === 'present' ? link.record.userIds : [];
    // Nobody else can have it then, whatever is in the record.
    if (userIds.every((one) => one === userId)) return { link, userIds, former: [] };
    const holders = await nameHolders(this.#deps.users, { externalUserId, userIds });
    const former = holders.filter((holder) => holder.userId !== userId).map(formerOf);
    return { link, userIds, holder: holders[0], former };
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
}

/** What is stored of a name. */
interface Seen {
  readonly link: Stored<LinkRecord>;
  readonly userIds: readonly string[];
  readonly holder?: NameHolder | undefined;
  /** All others whose records carry the name; the first is who has it, or had it last. */
  readonly former: readonly Former[];
}

/**
 * Who has the name keeps a place until the binding is true, and those that do not carry it may be on
 * their way to it.
 */
function withNewest(
  userId: string,
  userIds: readonly string[],
  former: readonly Former[],
): readonly string[] {
  const others = userIds.filter((one) => one !== userId);
  const losers = former.map((one) => one.userId);
  const coming = others.filter((one) => !losers.includes(one));
  const byWorth = [...losers.slice(0, 1), ...coming, ...losers.slice(1)];
  const kept = new Set(byWorth.slice(0, MAX_LINKED_USERS - 1));
  return [userId, ...others.filter((one) => kept.has(one))];
}
