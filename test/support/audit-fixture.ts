import { AuditKeys } from '../../src/audit/audit-keys.ts';
import { type AuditLine, parseLine } from '../../src/audit/audit-line.ts';
import { AuditTrail, type AuditTrailOptions } from '../../src/audit/audit-trail.ts';
import { type VerifyReport, verifyLines } from '../../src/audit/verify/verify-lines.ts';
import { Alerts } from '../../src/domain/alerts.ts';
import type { Decision } from '../../src/domain/audit.ts';
import { Secret } from '../../src/domain/secret.ts';
import { readStoredKeys } from '../../src/vault/admin/stored-keys.ts';
import { AUDIT_KEY_PATH } from '../../src/vault/key-record.ts';
import type { AppWorld } from './app-world.ts';
import { MemoryTarget } from './fakes/memory-target.ts';
import { ManualClock } from './manual-clock.ts';
import { RecordingLogger } from './recording/logger.ts';
import { RecordingMetrics } from './recording/metrics.ts';

export const AUDIT_KEY = new Secret(Buffer.alloc(32, 7).toString('base64url'));
export const KEYS = new AuditKeys(AUDIT_KEY);
export const INSTANCE = '0123456789abcdef0123456789abcdef';

/** An audit trail whose file, clock, log and metrics the test has in hand. */
export function openTrail(options: Partial<AuditTrailOptions> = {}) {
  const target = new MemoryTarget();
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  const trail = new AuditTrail(
    {
      keys: KEYS,
      target,
      instance: INSTANCE,
      users: 'hashed',
      required: false,
      version: '1.2.3',
      host: 'host-1',
      ...options,
    },
    { clock, logger, metrics, alerts: new Alerts(logger, metrics) },
  );
  return { trail, target, clock, logger, metrics };
}

/** A call that was answered OK, unless the test says otherwise. */
export function decision(changes: Partial<Decision> = {}): Decision {
  return {
    method: 'GetUser',
    caller: { id: 'spiffe://td/worker', proof: 'spiffe' },
    requestId: 'request-1',
    code: 'OK',
    subject: '',
    ...changes,
  };
}

/** Reads lines as a reviewer's program would. @throws where one is none */
export function parsed(lines: readonly string[]): readonly Readonly<Record<string, unknown>>[] {
  return lines.map((line) => JSON.parse(line));
}

/** The same lines by the parts that are checked. */
export function auditLinesOf(lines: readonly string[]): readonly AuditLine[] {
  return lines.map((text) => {
    const line = parseLine(text);
    if (line === undefined) throw new Error(`No line of the audit: ${text}`);
    return line;
  });
}

/** What `verify` says to files that are given by their text. */
export function verified(
  files: Readonly<Record<string, string>>,
  ...keys: readonly AuditKeys[]
): Promise<VerifyReport> {
  const named = Object.entries(files).map(([file, text]) => {
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    return { file, lines: each(lines) };
  });
  return verifyLines(
    named,
    new Map((keys.length === 0 ? [KEYS] : keys).map((each) => [each.id, each])),
  );
}

/** The keys of the audit in Vault, as an auditor reads them: the newest first. */
export async function auditKeysOf({ root, mounts }: AppWorld): Promise<readonly AuditKeys[]> {
  const { configMount } = mounts;
  const keys = await readStoredKeys(root, { configMount, key: AUDIT_KEY_PATH });
  return keys.map((key) => new AuditKeys(key));
}

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}
