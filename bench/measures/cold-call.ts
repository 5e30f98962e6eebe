import type { Figures } from '../figures.ts';
import { benchUser, tokenRequest } from '../load/call.ts';
import { Load } from '../load/load.ts';
import type { ServerProcess } from '../server-process.ts';
import type { Sizes } from '../sizes.ts';
import { median } from '../statistics.ts';
import type { World } from '../world.ts';

/** Away from the users of other measures. */
const FIRST_USER = 1_000;

/**
 * Users whose token for this scope nobody has asked for yet, one after the other: a record is read
 * from Vault and a token fetched from Google. What Google took is known from the service's own
 * metric, and subtracted call by call.
 */
export async function measureColdCall(
  world: World,
  tokenVault: ServerProcess,
  { coldCalls }: Sizes,
): Promise<Partial<Figures>> {
  using started = new DisposableStack();
  const users = Array.from({ length: coldCalls }, (_, index) => benchUser(FIRST_USER + index));
  await world.signIn(tokenVault.port, users);
  const load = await Load.open(await world.target(tokenVault.port), 1);
  started.defer(() => load.close());
  const totals: number[] = [];
  const google: number[] = [];
  let before = await googleSeconds(tokenVault);
  for (const user of users) {
    const message = tokenRequest(user);
    const { latencies } = await load.run({ calls: 1, streams: 1, message: () => message });
    const after = await googleSeconds(tokenVault);
    totals.push(...latencies);
    google.push((after - before) * 1_000);
    before = after;
  }
  const own = totals.map((total, index) => total - (google[index] ?? 0));
  return {
    cold_call_ms: median(own),
    cold_call_total_ms: median(totals),
    cold_call_google_ms: median(google),
  };
}

async function googleSeconds(tokenVault: ServerProcess): Promise<number> {
  const { googleSum = Number.NaN } = await tokenVault.ask('upstream');
  return googleSum;
}
