import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditOptions, openAudit } from '../../../src/audit/open-audit.ts';
import { Alerts } from '../../../src/domain/alerts.ts';
import { NO_AUDIT } from '../../../src/domain/audit.ts';
import { StartupProblems } from '../../../src/domain/startup-problems.ts';
import { systemRandom } from '../../../src/observability/system-random.ts';
import { AUDIT_KEY, KEYS, parsed } from '../../support/audit-fixture.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tokenvault-open-audit-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function open(options: Partial<AuditOptions>) {
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  const alerts = new Alerts(logger, metrics);
  const audit = openAudit(
    {
      stdout: false,
      required: false,
      users: 'hashed',
      key: AUDIT_KEY,
      version: '1.2.3',
      ...options,
    },
    { clock: new ManualClock(), random: systemRandom, logger, metrics, alerts },
  );
  return { audit, logger };
}

describe('the audit of a process', () => {
  it('is off without a key, and says so', async () => {
    const { audit, logger } = open({ key: undefined });
    expect(audit.log).toBe(NO_AUDIT);
    expect(logger.lines).toMatchObject([{ level: 'warn', event: 'audit_off' }]);
    audit.reopen();
    await audit.close();
  });

  it('says where it goes and which process it is of, for its lines to be found', async () => {
    const file = join(directory, 'said.log');
    const { audit, logger } = open({ file });
    await audit.close();
    const [started, stopped] = parsed((await readFile(file, 'utf8')).trim().split('\n'));
    expect(logger.lines).toEqual([
      {
        level: 'info',
        event: 'audit_opened',
        to: file,
        instance: started?.instance,
        key: KEYS.id,
        required: false,
        users: 'hashed',
      },
    ]);
    expect(stopped).toMatchObject({ event: 'stopped', instance: started?.instance });
  });

  it('is nobody else’s to read', async () => {
    const file = join(directory, 'mode.log');
    await open({ file }).audit.close();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('goes on below what is in the file, on a line of its own', async () => {
    const file = join(directory, 'torn.log');
    await writeFile(file, 'a line\nhalf a li');
    await open({ file }).audit.close();
    const lines = (await readFile(file, 'utf8')).split('\n');
    expect(lines.slice(0, 2)).toEqual(['a line', 'half a li']);
    expect(parsed(lines.slice(2, -1)).map(({ event }) => event)).toEqual(['started', 'stopped']);
  });

  it('refuses a file that cannot be opened, and names it', () => {
    const file = join(directory, 'no such folder', 'audit.log');
    const refused = () => open({ file });
    expect(refused).toThrow(StartupProblems);
    expect(refused).toThrow(/audit\.log cannot be opened \(ENOENT\): correct audit\.file/);
  });
});
