import { isFailure } from '../domain/failure.ts';
import { type LinkStore, MAX_LINKED_USERS } from '../domain/link-store.ts';
import type { Logger } from '../domain/logger.ts';
import type { Random } from '../domain/random.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { NameHolder } from './name-holder.ts';

const MAX_ROUNDS = 20;

export interface LinkSettlerDeps {
  readonly random: Random;
  readonly logger: Logger;
  readonly users: Pick<UserStore, 'read'>;
  readonly links: LinkStore;
}

/** An account that loses the name, as it was found. */
export interface Former {
  readonly userId: string;
  /** Undefined where the record could not be read. */
  readonly generation: number | undefined;
}

export function formerOf({ userId, stored }: NameHolder): Former {
  return { userId, generation: stored.kind === 'present' ? stored.record.generation : undefined };
}

interface Wanted {
  readonly externalUserId: string;
  readonly userId: string;
}

/** Puts links in order after bindings that are true already. */
export class LinkSettler {
  readonly #deps: LinkSettlerDeps;
  readonly #running = new Set<Promise<void>>();

  constructor(deps: LinkSettlerDeps) {
    this.#deps = deps;
  }

  /** Nobody need wait for it. */
  settle(wanted: Wanted, former: readonly Former[]): void {
    const work = this.#order(wanted, former).finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  /** Resolves when no link is being put in order any more. */
  async drained(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /**
   * Drops those that lost the name, so that none comes back should this account get another one, and
   * puts the account back where others have pushed it out. Others on their way keep their places.
   */
  async #order(wanted: Wanted, former: readonly Former[]): Promise<void> {
    const { links, random, logger } = this.#deps;
    const { externalUserId } = wanted;
    let order = {
      first: wanted.userId,
      stay: [wanted.userId],
      leave: former.map((one) => one.userId),
    };
    try {
      for (let round = 1; round <= MAX_ROUNDS; round += 1) {
        const link = await links.read(externalUserId);
        if (link.kind !== 'present') return;
        const { userIds } = link.record;
        const next = inOrder(userIds, order);
        if (isSame(next, userIds)) return;
        const condition = { expectedVersion: link.version, writeId: random.id() };
        const written = await links.write({ externalUserId, userIds: next }, condition);
        if (written.outcome === 'conflict') continue;
        // One that is bound again reads the link after its commit: either it sees this write, or this sees it.
        const again = await this.#boundAgain(externalUserId, former);
        const leave = order.leave.filter((one) => !again.includes(one));
        order = { first: wanted.userId, stay: [wanted.userId, ...again], leave };
      }
      logger.warn('link_not_settled', { reason: 'CONCURRENT_UPDATE' });
    } catch (error) {
      const reason = isFailure(error) ? error.reason : 'INTERNAL';
      logger.warn('link_not_settled', { reason });
    }
  }

  /** Those whose records an exchange has given the name since they were looked at. */
  async #boundAgain(name: string, former: readonly Former[]): Promise<readonly string[]> {
    const again: string[] = [];
    for (const { userId, generation } of former) {
      const stored = await this.#deps.users.read(userId);
      if (stored.kind !== 'present') continue;
      const { record } = stored;
      const carries = record.state === 'active' && record.externalUserId === name;
      if (carries && record.generation !== generation) again.push(userId);
    }
    return again;
  }
}

interface Order {
  readonly first: string;
  /** Who has to be in the link. */
  readonly stay: readonly string[];
  /** Who has to be out of it, unless they were bound anew since: then they stand before the first. */
  readonly leave: readonly string[];
}

function inOrder(userIds: readonly string[], { first, stay, leave }: Order): readonly string[] {
  const place = userIds.indexOf(first);
  const kept =
    place === -1 ? userIds : userIds.filter((one, index) => index <= place || !leave.includes(one));
  const others = kept.filter((one) => !stay.includes(one));
  const fewer = new Set(others.slice(0, MAX_LINKED_USERS - stay.length));
  // Last, so that the name leads where it did: each of those before was on its way at the same time.
  const missing = stay.filter((one) => !kept.includes(one));
  return [...kept.filter((one) => stay.includes(one) || fewer.has(one)), ...missing];
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index]);
}
