import type { Command } from 'commander';
import { LogKey } from '../../keys/log-key.ts';
import { LOG_KEY_PATH } from '../../vault/key-record.ts';
import type { CliContext } from '../cli-context.ts';
import { addKeyFlags, type KeyFlags, keysById } from '../key-source.ts';

/** `tokenvault log`: what an operator needs to find a user in the log. */
export function addLogCommand(program: Command, context: CliContext): void {
  const log = program.command('log').description('find a user in the log');
  addKeyFlags(log.command('hash-user <id>'))
    .description('what stands for a user in the lines, for each key')
    .action((id: string, flags: KeyFlags) => hashUser(context, id, flags));
}

async function hashUser(context: CliContext, id: string, flags: KeyFlags): Promise<void> {
  const keys = await keysById(context, flags, {
    key: LOG_KEY_PATH,
    of: (secret) => new LogKey(secret),
  });
  for (const key of keys.values()) {
    const { user, userKey } = key.of(id);
    context.print(`${user} (userKey ${userKey})`);
  }
}
