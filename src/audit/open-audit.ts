import { hostname } from 'node:os';
import { type AuditLog, NO_AUDIT } from '../domain/audit.ts';
import type { Random } from '../domain/random.ts';
import type { Secret } from '../domain/secret.ts';
import { StartupProblems } from '../domain/startup-problems.ts';
import { AuditKeys } from './audit-keys.ts';
import { AuditTrail, type AuditTrailDeps } from './audit-trail.ts';
import type { UsersShown } from './decision-text.ts';
import { FileTarget } from './file-target.ts';
import type { LineTarget } from './line-target.ts';
import { StdoutTarget } from './stdout-target.ts';
import { systemCode } from './system-code.ts';

export interface AuditOptions {
  /** Neither this nor `stdout`: nothing is recorded. */
  readonly file?: string | undefined;
  readonly stdout: boolean;
  readonly required: boolean;
  readonly users: UsersShown;
  /** Undefined where nothing is recorded. */
  readonly key: Secret | undefined;
  readonly version: string;
}

/** The audit of a process, and what happens to it from outside. */
export interface OpenAudit {
  readonly log: AuditLog;
  /** Goes on in the file that has the name now. */
  reopen(): void;
  /** Goes on with another key. */
  rekey(key: Secret): void;
  /** Says in a last line that the process has come to an orderly end. */
  close(): Promise<void>;
}

/** Opens the audit, and says in the log where it goes. @throws StartupProblems */
export function openAudit(
  options: AuditOptions,
  deps: AuditTrailDeps & { readonly random: Random },
): OpenAudit {
  const { key, file = 'stdout' } = options;
  if (key === undefined) {
    deps.logger.warn('audit_off', { unset: 'audit.file, audit.stdout' });
    const nothing = () => undefined;
    return { log: NO_AUDIT, reopen: nothing, rekey: nothing, close: async () => undefined };
  }
  const keys = new AuditKeys(key);
  const instance = deps.random.id();
  const { required, users } = options;
  deps.logger.info('audit_opened', { to: file, instance, key: keys.id, required, users });
  const target = openTarget(options);
  const trail = new AuditTrail({ ...options, keys, target, instance, host: hostname() }, deps);
  return {
    log: trail,
    reopen: () => trail.reopen(),
    rekey: (next) => trail.rekey(new AuditKeys(next)),
    close: async () => trail.close(),
  };
}

function openTarget({ file }: AuditOptions): LineTarget {
  if (file === undefined) return new StdoutTarget();
  try {
    return new FileTarget(file);
  } catch (error) {
    throw new StartupProblems([
      `The audit file ${file} cannot be opened (${systemCode(error)}): correct audit.file, or let this user read and write it.`,
    ]);
  }
}
