import { describe, expect, it } from 'vitest';
import { startDevOps } from '../../../src/dev/dev-ops.ts';
import { PrometheusMetrics } from '../../../src/observability/prometheus-metrics.ts';
import { Readiness } from '../../../src/observability/readiness.ts';
import { httpRequest } from '../../support/http-request.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';

const deps = {
  readiness: new Readiness(),
  metrics: new PrometheusMetrics(),
  logger: new RecordingLogger(),
};

describe('an ops listener of the development stack', () => {
  it('takes a free port where another program has its usual one', async () => {
    const first = await startDevOps(0, deps);
    const second = await startDevOps(first.port, deps);
    expect(second.port).not.toBe(first.port);
    expect((await httpRequest(second.port, '/livez')).status).toBe(200);
    await Promise.all([first.stop(), second.stop()]);
  });
});
