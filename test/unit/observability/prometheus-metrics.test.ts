import { describe, expect, it } from 'vitest';
import { ALERTS } from '../../../src/domain/alerts.ts';
import { type Metrics, metricsOf } from '../../../src/domain/metrics.ts';
import { PrometheusMetrics } from '../../../src/observability/prometheus-metrics.ts';

describe('the Prometheus metrics', () => {
  it.each(['service', 'gateway'] as const)(
    'of the %s have every metric of that process and no other, with its kind and meaning',
    async (process) => {
      const text = await new PrometheusMetrics(process).text();
      const own = metricsOf(process);
      for (const [name, { kind, help }] of own) {
        expect(text).toContain(`# TYPE ${name} ${kind}\n`);
        expect(text).toContain(`# HELP ${name} ${help}\n`);
      }
      expect(text.match(/^# TYPE /gm)).toHaveLength(own.length);
    },
  );

  it('count, set and observe', async () => {
    const prometheus = new PrometheusMetrics();
    const metrics: Metrics = prometheus;
    const labels = { method: 'GetUser', code: 'OK', reason: '' };
    metrics.count('tokenvault_rpc_total', labels);
    metrics.count('tokenvault_rpc_total', labels);
    metrics.set('tokenvault_held_commits', 3, {});
    metrics.set('tokenvault_held_commits', 2, {});
    metrics.observe('tokenvault_rpc_seconds', 0.004, { method: 'GetUser' });
    const text = await prometheus.text();
    expect(text).toContain('tokenvault_rpc_total{method="GetUser",code="OK",reason=""} 2\n');
    expect(text).toContain('tokenvault_held_commits 2\n');
    expect(text).toContain('tokenvault_rpc_seconds_bucket{le="0.0025",method="GetUser"} 0\n');
    expect(text).toContain('tokenvault_rpc_seconds_bucket{le="0.005",method="GetUser"} 1\n');
    expect(text).toContain('tokenvault_rpc_seconds_sum{method="GetUser"} 0.004\n');
  });

  it('count and observe likewise where the labels are given once', async () => {
    const prometheus = new PrometheusMetrics();
    const metrics: Metrics = prometheus;
    const labels = { method: 'GetUser', code: 'OK', reason: '' };
    const count = metrics.counter('tokenvault_rpc_total', labels);
    const observe = metrics.observer('tokenvault_rpc_seconds', { method: 'GetUser' });
    expect(await prometheus.text()).not.toContain('{method="GetUser"');
    metrics.count('tokenvault_rpc_total', labels);
    for (let call = 0; call < 2; call += 1) {
      count();
      observe(0.004);
    }
    for (let scrape = 0; scrape < 2; scrape += 1) {
      const text = await prometheus.text();
      expect(text).toContain('tokenvault_rpc_total{method="GetUser",code="OK",reason=""} 3\n');
      expect(text).toContain('tokenvault_rpc_seconds_sum{method="GetUser"} 0.008\n');
    }
  });

  it('lose the series that is removed, and no other', async () => {
    const prometheus = new PrometheusMetrics();
    const metrics: Metrics = prometheus;
    for (const client of ['one', 'other']) {
      metrics.set('tokenvault_google_pause_seconds', 1, { client });
      metrics.count('tokenvault_google_pauses_total', { client });
    }
    metrics.remove('tokenvault_google_pause_seconds', { client: 'one' });
    metrics.remove('tokenvault_google_pauses_total', { client: 'one' });
    metrics.remove('tokenvault_google_pauses_total', { client: 'nobody' });
    const text = await prometheus.text();
    expect(text).not.toContain('{client="one"}');
    expect(text).toContain('tokenvault_google_pause_seconds{client="other"} 1\n');
    expect(text).toContain('tokenvault_google_pauses_total{client="other"} 1\n');
  });

  it('are apart from those of another instance', async () => {
    const [one, other] = [new PrometheusMetrics(), new PrometheusMetrics()];
    one.count('tokenvault_alerts_total', { alert: 'held_commit_lost' });
    expect(await one.text()).toContain('{alert="held_commit_lost"} 1\n');
    expect(await other.text()).toContain('{alert="held_commit_lost"} 0\n');
  });

  it('begin at 0 where rules watch for the first event', async () => {
    const text = await new PrometheusMetrics().text();
    for (const alert of ALERTS) {
      expect(text).toContain(`tokenvault_alerts_total{alert="${alert}"} 0\n`);
    }
    expect(text).toContain('tokenvault_audit_decisions_total{outcome="lost"} 0\n');
    const gateway = await new PrometheusMetrics('gateway').text();
    expect(gateway).toContain('tokenvault_alerts_total{alert="config_refused"} 0\n');
    expect(gateway).not.toContain('audit_decisions');
  });

  it('refuse a name that is registered as another kind', () => {
    expect(() => new PrometheusMetrics().count('tokenvault_held_commits', {})).toThrow(
      /tokenvault_held_commits is not in METRICS as this kind/,
    );
  });
});
