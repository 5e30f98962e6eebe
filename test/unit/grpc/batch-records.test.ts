import { expect, it } from 'vitest';
import { HandledCalls } from '../../support/handled-calls.ts';
import { DRIVE, World } from '../../support/replica-fixture.ts';
import { connectedUsers } from '../service/batch-steps.ts';

const CALLER = { id: 'spiffe://test.example/caller', proof: 'spiffe' } as const;
const POLICY = `
callers:
  - spiffe_id: ${CALLER.id}
    rpcs: [BatchGetAccessTokens]
    oauth_clients: [default]
    max_scopes: [${DRIVE}]
    users: all
`;

async function ask(userIds: readonly string[]) {
  const world = new World();
  const { replica } = await connectedUsers(world, ['a', 'b']);
  const calls = new HandledCalls(world, replica, POLICY);
  await calls.ask(CALLER, 'BatchGetAccessTokens', { userIds, scopes: [DRIVE] });
  const lines = world.logger.lines.filter(({ event }) => event === 'batch_users_failed');
  return { counted: world.metrics.labelsOf('tokenvault_batch_results_total'), lines };
}

it('counts the users of a batch by how they were answered, and tells of those without a token in one line', async () => {
  const { counted, lines } = await ask(['a', 'nobody', 'b', 'no-one']);
  const [ok, none] = [
    { code: 'OK', reason: '' },
    { code: 'NOT_FOUND', reason: 'USER_NOT_CONNECTED' },
  ];
  expect(counted).toEqual([ok, ok, none, none]);
  expect(lines).toMatchObject([
    { level: 'info', users: 4, reasons: 'USER_NOT_CONNECTED 2', caller: CALLER.id },
  ]);
});

it('tells nothing where all have one', async () => {
  expect((await ask(['a', 'b'])).lines).toEqual([]);
});
