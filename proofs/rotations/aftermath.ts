import { GetUserRequest, UserState } from '../../src/client/messages.ts';
import type { AppWorld } from '../../test/support/app-world.ts';

/** Users to whom something was done, a line for each: all of them must be as they were connected. */
export async function touchedUsers(
  world: AppWorld,
  port: number,
  users: readonly string[],
): Promise<readonly string[]> {
  const operator = world.connectAs('operator', port);
  const touched: string[] = [];
  for (const userId of users) {
    const { user } = await operator.getUser(GetUserRequest.fromPartial({ userId }), {
      timeoutMs: 20_000,
    });
    const causes = user?.grants.map(({ cause }) => cause).join();
    if (user?.state === UserState.USER_STATE_ACTIVE && user.grants.length === 1 && causes === '') {
      continue;
    }
    touched.push(`${userId}: state ${user?.state}, causes ${causes}`);
  }
  operator.close();
  return touched;
}
