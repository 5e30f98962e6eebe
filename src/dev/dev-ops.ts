import { StartupProblems } from '../domain/startup-problems.ts';
import { type OpsServer, type OpsServerDeps, startOpsServer } from '../observability/ops-server.ts';

/**
 * The ops listener of one part on its usual port, or on a free one where another program has that:
 * nothing depends on the number, and the closing lines say it.
 */
export async function startDevOps(port: number, deps: OpsServerDeps): Promise<OpsServer> {
  try {
    return await startOpsServer({ address: `127.0.0.1:${port}` }, deps);
  } catch (error) {
    if (!(error instanceof StartupProblems)) throw error;
    return startOpsServer({ address: '127.0.0.1:0' }, deps);
  }
}
