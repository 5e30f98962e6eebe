import type { LinkRecord } from '../domain/link-store.ts';
import type { Stored } from '../domain/store.ts';
import type { UserRecord } from '../domain/user-record.ts';
import type { UserStore } from '../domain/user-store.ts';

/** An account that a name stands for, or that may: then its record cannot be read. */
export interface NameHolder {
  readonly userId: string;
  readonly stored: Exclude<Stored<UserRecord>, { readonly kind: 'absent' }>;
}

/**
 * Whose the name is: the first of its accounts whose record carries it too. One whose record cannot be
 * read may carry it, so none after that is believed.
 */
export async function nameHolder(
  users: Pick<UserStore, 'read'>,
  link: LinkRecord,
): Promise<NameHolder | undefined> {
  for await (const holder of holdersIn(users, link)) return holder;
  return undefined;
}

/** All accounts whose records carry the name, or may; the first has it. */
export async function nameHolders(
  users: Pick<UserStore, 'read'>,
  link: LinkRecord,
): Promise<readonly NameHolder[]> {
  const holders: NameHolder[] = [];
  for await (const holder of holdersIn(users, link)) holders.push(holder);
  return holders;
}

async function* holdersIn(
  users: Pick<UserStore, 'read'>,
  { externalUserId, userIds }: LinkRecord,
): AsyncGenerator<NameHolder> {
  for (const userId of userIds) {
    const stored = await users.read(userId);
    if (stored.kind === 'absent') continue;
    if (stored.kind === 'corrupt' || stored.record.externalUserId === externalUserId) {
      yield { userId, stored };
    }
  }
}
