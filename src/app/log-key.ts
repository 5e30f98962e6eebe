import { type LoggedUsers, loggedByPathKey } from '../domain/logged-users.ts';
import type { Logger } from '../domain/logger.ts';
import { LogKey } from '../keys/log-key.ts';
import type { Vault } from '../vault/open-vault.ts';

/** Users as they are logged: by the key of the log that Vault has now, or else by the path key. */
export function followLogKey(
  { logKey, keyedHash }: Pick<Vault, 'logKey' | 'keyedHash'>,
  logger: Logger,
): LoggedUsers {
  const first = logKey?.current;
  let inUse = first === undefined ? loggedByPathKey(keyedHash) : new LogKey(first);
  void logKey?.follow((key) => {
    const next = new LogKey(key);
    logger.info('log_key_taken', { userKey: next.id });
    inUse = next;
  });
  return { of: (userId) => inUse.of(userId) };
}
