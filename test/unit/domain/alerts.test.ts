import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ALERTS, Alerts } from '../../../src/domain/alerts.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';

describe('an alert', () => {
  it('is one metric and one log line of the same name', () => {
    const logger = new RecordingLogger();
    const metrics = new RecordingMetrics();
    new Alerts(logger, metrics).raise('held_commit_lost', { reason: 'STORE_UNAVAILABLE' });
    expect(metrics.labelsOf('tokenvault_alerts_total')).toEqual([{ alert: 'held_commit_lost' }]);
    expect(logger.lines).toEqual([
      { level: 'error', event: 'held_commit_lost', reason: 'STORE_UNAVAILABLE' },
    ]);
  });

  it('is in docs/alerts.md, and nothing else is', () => {
    const page = readFileSync(new URL('../../../docs/alerts.md', import.meta.url), 'utf8');
    const [, alerts = ''] = page.split(/^## /m);
    const documented = [...alerts.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    expect(documented.sort()).toEqual([...ALERTS].sort());
  });
});
