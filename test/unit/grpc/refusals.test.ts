import { beforeEach, describe, expect, it } from 'vitest';
import { Refusals } from '../../../src/grpc/refusals.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';

let clock: ManualClock;
let logger: RecordingLogger;
let metrics: RecordingMetrics;
let refusals: Refusals;

beforeEach(() => {
  clock = new ManualClock();
  logger = new RecordingLogger();
  metrics = new RecordingMetrics();
  refusals = new Refusals({ clock, logger, metrics });
});

describe('refusals', () => {
  it('are all counted', () => {
    for (let times = 0; times < 3; times += 1) refusals.note('tls_refused', 'ECONNRESET');
    expect(metrics.labelsOf('tokenvault_refused_total')).toEqual(
      Array(3).fill({ refused: 'tls_refused' }),
    );
  });

  it('are logged at once, then every ten seconds with their number', async () => {
    for (let second = 0; second < 12; second += 1) {
      refusals.note('tls_refused', 'ECONNRESET');
      await clock.advance(1_000);
    }
    expect(logger.lines).toEqual([
      { level: 'warn', event: 'tls_refused', cause: 'ECONNRESET', times: 1 },
      { level: 'warn', event: 'tls_refused', cause: 'ECONNRESET', times: 10 },
    ]);
  });

  it('are told apart by what was refused and why', () => {
    refusals.note('tls_refused', 'ECONNRESET');
    refusals.note('tls_refused', 'CERT_HAS_EXPIRED');
    refusals.note('call_refused', 'path');
    expect(logger.lines.map(({ event, cause }) => [event, cause])).toEqual([
      ['tls_refused', 'ECONNRESET'],
      ['tls_refused', 'CERT_HAS_EXPIRED'],
      ['call_refused', 'path'],
    ]);
  });

  it('make no more lines than there are kinds to remember', () => {
    for (let cause = 0; cause < 1_000; cause += 1) refusals.note('tls_refused', `CODE_${cause}`);
    expect(logger.lines.length).toBe(33);
  });
});
