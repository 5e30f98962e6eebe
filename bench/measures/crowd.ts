import type { Figures } from '../figures.ts';
import { benchUser, tokenRequest } from '../load/call.ts';
import { LoadConnection } from '../load/load-connection.ts';
import type { ServerProcess } from '../server-process.ts';
import type { Sizes } from '../sizes.ts';
import type { World } from '../world.ts';

const USER = benchUser(999);
/** As many as the service takes on one connection. */
const STREAMS = 100;
const REFRESH = { grant_type: 'refresh_token' };

/** So many callers at the same moment for one user whose token nobody has: one refresh serves all. */
export async function measureCrowd(
  world: World,
  tokenVault: ServerProcess,
  { crowd, crowdGoogleMs }: Sizes,
): Promise<Partial<Figures>> {
  using started = new DisposableStack();
  await world.signIn(tokenVault.port, [USER]);
  const target = await world.target(tokenVault.port);
  const dialled = Array.from({ length: crowd / STREAMS }, () => LoadConnection.open(target));
  const connections = await Promise.all(dialled);
  for (const connection of connections) started.defer(() => connection.close());
  // Google takes its time, so that everybody has come before it answers.
  world.google.faults.add({ path: '/token', form: REFRESH, delayMs: crowdGoogleMs });
  const refreshes = world.google.requests.count('/token', REFRESH);
  const message = tokenRequest(USER);
  const startedAt = performance.now();
  const calls = connections.flatMap((connection) =>
    Array.from({ length: STREAMS }, () => connection.call(message)),
  );
  const ends = await Promise.allSettled(calls);
  const elapsed = performance.now() - startedAt;
  return {
    crowd_callers: calls.length,
    crowd_refreshes: world.google.requests.count('/token', REFRESH) - refreshes,
    crowd_failures: ends.filter(({ status }) => status === 'rejected').length,
    crowd_ms: elapsed - crowdGoogleMs,
  };
}
