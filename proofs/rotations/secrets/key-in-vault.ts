import { randomBytes } from 'node:crypto';
import type { AppWorld } from '../../../test/support/app-world.ts';
import { writeAtVault } from '../at-vault.ts';
import type { RotatedSecret } from '../rotated-secret.ts';

const WRONGS: readonly object[] = [
  { key: randomBytes(16).toString('base64') },
  { key: 'not base64 of anything' },
  { ky: randomBytes(32).toString('base64') },
];

/**
 * The key of the audit, or that of the log.
 * @param made is told each good one
 */
export function keyInVault(
  world: AppWorld,
  part: 'audit-key' | 'log-key',
  made: (key: string) => void = () => undefined,
): RotatedSecret {
  return {
    name: part === 'audit-key' ? 'audit key' : 'log key',
    taken: { event: 'config_taken', fields: { part } },
    refused: { event: part === 'audit-key' ? 'audit_key_refused' : 'log_key_refused' },
    rotate: () => {
      const key = randomBytes(32).toString('base64');
      made(key);
      return writeAtVault(world, part, { put: { key } });
    },
    spoil: (turn) => writeAtVault(world, part, { put: WRONGS[turn % WRONGS.length] ?? {} }),
  };
}
