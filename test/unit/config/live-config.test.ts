import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Config } from '../../../src/config/config-sections.ts';
import { LiveConfig } from '../../../src/config/live-config.ts';
import { readServiceConfig } from '../../../src/config/load-config.ts';
import { createCertificateAuthority } from '../../../src/dev/certificates.ts';
import { Alerts } from '../../../src/domain/alerts.ts';
import { StartupProblems, UnprovenChange } from '../../../src/domain/startup-problems.ts';
import { configFiles, readFrom, SERVER, tokenIn } from '../../support/config-files.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';

const NOBODY = 'callers: []';
const ONE_POLL_MS = 1_100;

let good: ReadonlyMap<string, string>;
let other: { readonly cert: string; readonly key: string };
let files: Map<string, string>;
let clock: ManualClock;
let logger: RecordingLogger;
let metrics: RecordingMetrics;
let live: LiveConfig<Config>;
let taken: Config[];
let hints: Map<string, () => void>;

beforeAll(async () => {
  good = await configFiles();
  other = await (await createCertificateAuthority('other')).issueServer(['localhost']);
});

beforeEach(() => {
  files = new Map(good);
  follow();
});

/** A process that has started with `files`, and follows them. */
function follow(take: (config: Config) => void | Promise<void> = () => undefined): void {
  live?.stop();
  clock = new ManualClock();
  logger = new RecordingLogger();
  metrics = new RecordingMetrics();
  taken = [];
  hints = new Map();
  const watchFolder = (folder: string, changed: () => void) => {
    hints.set(folder, changed);
    return () => hints.delete(folder);
  };
  const sources = {
    file: 'tokenvault.yaml',
    env: {},
    readFile: (path: string) => readFrom(files)(path),
  };
  live = new LiveConfig(readServiceConfig, sources);
  const alerts = new Alerts(logger, metrics);
  live.follow({ clock, logger, metrics, alerts, watchFolder }, async (config) => {
    await take(config);
    taken.push(config);
  });
}

const linesOf = (event: string) => logger.lines.filter((line) => line.event === event);
const rewrite = (tree: object) => files.set('tokenvault.yaml', stringify({ ...SERVER, ...tree }));

describe('a configuration that follows its files', () => {
  it('takes nothing while nothing changes', async () => {
    await clock.advance(60_000);
    expect(taken).toEqual([]);
    expect(logger.lines).toEqual([]);
  });

  it('takes a new policy', async () => {
    files.set('policy.yaml', NOBODY);
    await clock.advance(ONE_POLL_MS);
    expect(taken.map(({ policy }) => policy)).toEqual([{ callers: [] }]);
    expect(live.value.policy).toEqual({ callers: [] });
    expect(logger.lines).toEqual([{ level: 'info', event: 'config_taken', part: 'policy' }]);
    expect(metrics.labelsOf('tokenvault_config_reloads_total')).toEqual([
      { part: 'policy', outcome: 'taken' },
    ]);
  });

  it('takes it sooner where the system hints at the change', async () => {
    await clock.advance(0);
    files.set('policy.yaml', NOBODY);
    hints.get('.')?.();
    await clock.advance(200);
    expect(taken).toHaveLength(1);
  });

  it('takes a new token for Vault', async () => {
    files.set('token', 'hvs.next');
    await clock.advance(ONE_POLL_MS);
    expect(tokenIn(live.value)).toBe('hvs.next');
  });

  it('takes a new certificate with its key', async () => {
    files.set('server.pem', other.cert).set('server-key.pem', other.key);
    await clock.advance(ONE_POLL_MS);
    expect(live.value.listen.tls.cert).toBe(other.cert);
  });
});

describe('a change that is wrong', () => {
  it.each([
    [
      'policy.yaml',
      'policy',
      'callers: nobody',
      /^policy\.file .* callers \(line 1\) must be a list/,
    ],
    ['token', 'vault.auth', 'two words', /^vault\.auth\.token_file .* one token and nothing else/],
    ['server.pem', 'listen.tls', 'canary', /^listen\.tls\.cert_file .* PEM certificates/],
    ['ca.pem', 'listen.tls', '', /^listen\.tls\.client_ca_file .* PEM certificates/],
    ['tokenvault.yaml', 'file', 'log: { level: canary }', /^log\.level .* must be one of/],
  ])('in %s is refused once, with an alert, and the last good one stays', async (...row) => {
    const [file, part, text, problem] = row;
    const before = live.value;
    files.set(file, text);
    await clock.advance(60_000);
    expect(taken).toEqual([]);
    expect(live.value).toBe(before);
    expect(linesOf('config_refused')).toMatchObject([{ level: 'error', part }]);
    expect(linesOf('config_problem')).toContainEqual(
      expect.objectContaining({ level: 'warn', part, problem: expect.stringMatching(problem) }),
    );
    expect(metrics.labelsOf('tokenvault_alerts_total')).toEqual([{ alert: 'config_refused' }]);
    expect(metrics.labelsOf('tokenvault_config_reloads_total')).toEqual([
      { part, outcome: 'refused' },
    ]);
    expect(logger.text()).not.toContain('canary');
  });

  it('is refused where the file has gone, and taken when it is back with another text', async () => {
    files.delete('policy.yaml');
    await clock.advance(ONE_POLL_MS);
    expect(linesOf('config_problem')).toMatchObject([
      { problem: expect.stringContaining('does not exist') },
    ]);
    files.set('policy.yaml', NOBODY);
    await clock.advance(ONE_POLL_MS);
    expect(live.value.policy).toEqual({ callers: [] });
  });

  it('that a trial did not prove is tried again, and told once', async () => {
    let trials = 0;
    follow(() => {
      trials += 1;
      if (trials < 4) throw new UnprovenChange(['Nobody could be reached.']);
    });
    files.set('policy.yaml', NOBODY);
    await clock.advance(30_000);
    expect([trials, taken.length]).toEqual([4, 1]);
    expect(linesOf('config_refused')).toHaveLength(1);
    expect(linesOf('config_taken')).toHaveLength(1);
  });

  it('is said again on demand', async () => {
    files.set('token', '');
    await clock.advance(ONE_POLL_MS);
    await live.lookNow();
    expect(linesOf('config_refused')).toHaveLength(2);
  });

  it('keeps no other one back', async () => {
    files.set('policy.yaml', 'callers: nobody').set('token', 'hvs.next');
    files.set('server.pem', other.cert);
    await clock.advance(ONE_POLL_MS);
    expect(tokenIn(live.value)).toBe('hvs.next');
    expect(linesOf('config_refused').map(({ part }) => part)).toEqual(['listen.tls', 'policy']);
    rewrite({ log: { level: 'warn' } });
    await clock.advance(ONE_POLL_MS);
    expect(live.value.log.level).toBe('warn');
    expect(live.value.listen.tls.cert).toBe(good.get('server.pem'));
  });

  it('is one that cannot be put to use, also where its form is right', async () => {
    follow(() => {
      throw new StartupProblems(['It does not fit.']);
    });
    const before = live.value;
    files.set('policy.yaml', NOBODY);
    await clock.advance(ONE_POLL_MS);
    expect(live.value).toBe(before);
    expect(linesOf('config_problem')).toMatchObject([{ problem: 'It does not fit.' }]);
  });
});

describe('a change that takes a while to be put to use', () => {
  it('is in use only then, and further looks wait for it', async () => {
    let done = (): void => undefined;
    follow(() => new Promise<void>((resolve) => (done = resolve)));
    files.set('policy.yaml', NOBODY);
    await clock.advance(ONE_POLL_MS);
    const next = live.lookNow();
    await clock.advance(ONE_POLL_MS);
    expect(live.value.policy.callers).toHaveLength(1);
    done();
    await next;
    expect(live.value.policy.callers).toEqual([]);
    expect(taken).toHaveLength(1);
  });
});

describe('a change that is under way', () => {
  it('is neither taken nor refused while the file still grows', async () => {
    await clock.advance(0);
    for (const part of ['callers:', 'callers: [', 'callers: []', 'callers: []\n']) {
      files.set('policy.yaml', part);
      hints.get('.')?.();
      await clock.advance(100);
    }
    expect(logger.lines).toEqual([]);
    await clock.advance(100);
    expect(logger.lines).toMatchObject([{ event: 'config_taken' }]);
  });

  it('is not one half of a pair', async () => {
    await clock.advance(0);
    files.set('server.pem', other.cert);
    hints.get('.')?.();
    await clock.advance(150);
    files.set('server-key.pem', other.key);
    await clock.advance(ONE_POLL_MS);
    expect(logger.lines).toMatchObject([{ event: 'config_taken', part: 'listen.tls' }]);
  });
});

describe('the configuration file itself', () => {
  it('is followed: keys that reload are taken, and the others named', async () => {
    rewrite({ log: { level: 'debug' }, cache: { max_tokens: 7 }, limits: { connections: 3 } });
    await clock.advance(ONE_POLL_MS);
    expect(live.value.log.level).toBe('debug');
    expect(linesOf('config_needs_restart')).toEqual([
      {
        level: 'warn',
        event: 'config_needs_restart',
        keys: 'cache.max_tokens, limits.connections',
      },
    ]);
    files.set('token', 'hvs.next');
    await clock.advance(ONE_POLL_MS);
    expect(linesOf('config_needs_restart')).toHaveLength(1);
    await live.lookNow();
    expect(linesOf('config_needs_restart')).toHaveLength(2);
  });

  it('may name other files, which are followed from then on', async () => {
    files.set('next.yaml', NOBODY);
    rewrite({ policy: { file: 'next.yaml' } });
    await clock.advance(ONE_POLL_MS);
    expect(live.value.policy).toEqual({ callers: [] });
    expect(linesOf('config_needs_restart')).toEqual([]);
    files.set('next.yaml', good.get('policy.yaml') ?? '');
    files.delete('policy.yaml');
    await clock.advance(ONE_POLL_MS);
    expect(live.value.policy.callers).toHaveLength(1);
    expect(linesOf('config_refused')).toEqual([]);
  });

  it('is taken at once on demand', async () => {
    rewrite({ log: { level: 'debug' } });
    await live.lookNow();
    expect(live.value.log.level).toBe('debug');
  });

  it('watches the folders of the files, and of no others', async () => {
    files.set('/run/policy/callers.yaml', NOBODY);
    await clock.advance(0);
    expect([...hints.keys()]).toEqual(['.']);
    rewrite({ policy: { file: '/run/policy/callers.yaml' } });
    await clock.advance(ONE_POLL_MS);
    expect([...hints.keys()]).toEqual(['.', '/run/policy']);
    rewrite({});
    await clock.advance(ONE_POLL_MS);
    expect([...hints.keys()]).toEqual(['.']);
  });

  it('is let be after the end', async () => {
    live.stop();
    files.set('policy.yaml', NOBODY);
    await clock.advance(60_000);
    await live.lookNow();
    expect(taken).toEqual([]);
    expect(hints.size).toBe(0);
  });
});
