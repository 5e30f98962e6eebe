import { describe, expect, it } from 'vitest';
import { watchProcess } from '../../../src/observability/process-gauges.ts';
import { PrometheusMetrics } from '../../../src/observability/prometheus-metrics.ts';
import { setStatusGauges } from '../../../src/observability/status-gauges.ts';

describe('the gauges of a replica', () => {
  it('say what its status says, at the time of each scrape', async () => {
    const metrics = new PrometheusMetrics();
    let cachedTokens = 1;
    metrics.beforeText(() =>
      setStatusGauges(
        {
          failing: [{ name: 'vault', cause: 'sealed', since: 0, detail: 'sealed' }],
          servesTokens: true,
          logAgeMs: 1_500,
          cachedTokens,
          refreshesInFlight: 3,
          googlePauses: [{ oauthClient: 'default', leftMs: 2_500 }],
          vault: {
            tokenLeftMs: Infinity,
            lost: [{ cause: 'policy_denies', since: 0, detail: 'it lacks read' }],
          },
        },
        metrics,
      ),
    );
    cachedTokens = 2;
    const lines = (await metrics.text()).split('\n');
    expect(lines).toContain('tokenvault_revocation_log_age_seconds 1.5');
    expect(lines).toContain('tokenvault_cached_tokens 2');
    expect(lines).toContain('tokenvault_refreshes_in_flight 3');
    expect(lines).toContain('tokenvault_google_pause_seconds{client="default"} 2.5');
    expect(lines).toContain('tokenvault_dependency_failing{dependency="vault",cause="sealed"} 1');
    expect(lines).toContain('tokenvault_dependency_failing{dependency="google",cause="slow"} 0');
    expect(lines).toContain('tokenvault_vault_token_expires_seconds +Inf');
    expect(lines).toContain('tokenvault_vault_access_lost{cause="policy_denies"} 1');
    expect(lines).toContain('tokenvault_vault_access_lost{cause="token_dead"} 0');
  });
});

describe('the gauges of a process', () => {
  it('name the build, and time the event loop', async () => {
    const metrics = new PrometheusMetrics();
    const end = watchProcess(metrics);
    const text = await metrics.text();
    end();
    expect(text).toMatch(
      /^tokenvault_build_info\{version="\d+\.\d+\.\d+[^"]*",node="\d+\..*"\} 1$/m,
    );
    for (const quantile of ['0.5', '0.99', '1']) {
      expect(text).toMatch(
        new RegExp(`^tokenvault_event_loop_delay_seconds\\{quantile="${quantile}"\\} \\S+$`, 'm'),
      );
    }
  });
});
