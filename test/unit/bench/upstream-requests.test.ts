import { describe, expect, it } from 'vitest';
import { upstreamRequests } from '../../../bench/servers/upstream-requests.ts';
import { PrometheusMetrics } from '../../../src/observability/prometheus-metrics.ts';

describe('upstream requests', () => {
  it('are added up for Google and for Vault, whatever came of them', async () => {
    const metrics = new PrometheusMetrics();
    const observe = (target: string, outcome: string, seconds: number) =>
      metrics.observe('tokenvault_upstream_seconds', seconds, { target, outcome });
    observe('google_token', 'ok', 0.5);
    observe('google_certs', 'no_answer', 0.25);
    observe('vault', '200', 0.125);
    observe('vault', '503', 1);
    expect(upstreamRequests(await metrics.text())).toEqual({
      googleCount: 2,
      googleSum: 0.75,
      vaultCount: 2,
      vaultSum: 1.125,
    });
  });
});
