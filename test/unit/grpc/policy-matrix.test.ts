import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/cli/policy-decision.ts';
import type { Caller } from '../../../src/domain/caller.ts';
import type { RpcName } from '../../../src/domain/rpc-name.ts';
import { canonicalScopes } from '../../../src/domain/scopes.ts';
import { Secret } from '../../../src/domain/secret.ts';
import {
  BatchGetAccessTokensResponse,
  GetAccessTokenResponse,
} from '../../../src/gen/tokenvault/v1/token_vault.ts';
import { type Handled, HandledCalls } from '../../support/handled-calls.ts';
import { CLIENT_ID, DRIVE, EMAIL, GMAIL, World } from '../../support/replica-fixture.ts';
import {
  CALLERS,
  CELLS,
  type Cell,
  CLIENTS,
  POLICY,
  ROWS,
  SCOPES,
  spiffe,
  USERS,
} from './policy-matrix.ts';

const OPERATOR = CALLERS['jwt:ops'] ?? spiffe('');
/** What an allowed call may come to with somebody who is not known. */
const ANSWERS = new Set(['', 'USER_NOT_CONNECTED']);

/** The whole service with three users in it, who granted both clients everything. */
async function start(policy = POLICY) {
  const world = new World();
  world.vault.setClient('partner', {
    clientId: CLIENT_ID,
    secrets: [new Secret('the-newest-secret')],
  });
  const replica = await world.startReplica({ exchangesPerMinute: 10_000 });
  const calls = new HandledCalls(world, replica, policy);
  const codeOf = (user: Cell['user'], sub: string) => {
    const profile = { hostedDomain: USERS[user] };
    const scopes = ['openid', EMAIL, DRIVE, GMAIL];
    return world.mintCode({ sub, scopes, profile, refreshToken: true }).reveal();
  };
  for (const user of ['corp', 'other', 'plain'] as const) {
    for (const oauthClient of CLIENTS) {
      const code = codeOf(user, user);
      const { code: answer } = await calls.ask(OPERATOR, 'ExchangeCode', { code, oauthClient });
      expect(answer).toBe('OK');
    }
  }
  return { world, calls, codeOf };
}

type Started = Awaited<ReturnType<typeof start>>;

/** Asks for what the cell says, of a user who is connected. */
function ask({ calls, codeOf }: Started, caller: Caller, rpc: RpcName, cell: Cell) {
  const { client: oauthClient, user } = cell;
  const scopes = SCOPES[cell.scopes];
  const code = rpc === 'ExchangeCode' ? codeOf(user, user) : '';
  const own = {
    ExchangeCode: { code, oauthClient },
    GetAccessToken: { userId: user, oauthClient, scopes },
    BatchGetAccessTokens: { userIds: [user], oauthClient, scopes },
    RevokeUser: { userId: user },
    GetUser: { userId: user },
    ListUsers: {},
    ImportGrant: { userId: user, oauthClient, refreshToken: '1//t', scopes },
  };
  const answer = calls.ask(caller, rpc, own[rpc]);
  return rpc === 'BatchGetAccessTokens' ? answer.then(ofOneUser) : answer;
}

/** The answer to a batch as that of its one user. */
function ofOneUser(answer: Handled): Handled {
  if (answer.reply === undefined) return answer;
  const [result] = BatchGetAccessTokensResponse.decode(answer.reply).results;
  if (result?.error === undefined) return answer;
  const { code, reason, metadata } = result.error;
  return { ...answer, code: status[code] ?? '', reason, metadata };
}

function letterOf({ reason, metadata }: Handled): string {
  if (reason === 'CALLER_NOT_ALLOWED') return metadata.deniedBy?.[0] ?? '?';
  return ANSWERS.has(reason) ? '+' : reason;
}

describe('the matrix of credential, method, client, scope and user’s domain', () => {
  it('has a row for each credential and method', () => {
    expect(ROWS.map(({ caller, rpc }) => `${caller} ${rpc}`)).toEqual(
      Object.keys(CALLERS).flatMap((caller) =>
        ['ExchangeCode', 'GetAccessToken', 'BatchGetAccessTokens', 'RevokeUser', 'GetUser'].map(
          (rpc) => `${caller} ${rpc}`,
        ),
      ),
    );
  });

  it.each(ROWS)('holds as written: $caller $rpc', async ({ caller: name, rpc, cells }) => {
    const caller = CALLERS[name] ?? spiffe('');
    const letters: string[] = [];
    const started = await start();
    const { world } = started;
    for (const cell of CELLS) {
      const before = world.google.requests.length;
      const answer = await ask(started, caller, rpc, cell);
      letters.push(letterOf(answer));
      if (letterOf(answer) === '+') continue;
      expect(answer.code).toBe('PERMISSION_DENIED');
      const spent = rpc === 'ExchangeCode' && letterOf(answer) === 'u' ? 1 : 0;
      expect(world.google.requests.length - before, 'requests to Google').toBe(spent);
      if (!/AccessToken/.test(rpc)) continue;
      // The same where the token is in the cache, for one who may have it.
      await ask(started, OPERATOR, rpc, cell);
      expect(letterOf(await ask(started, caller, rpc, cell))).toBe(letterOf(answer));
    }
    expect(letters.join('').match(/.{4}/g)).toEqual(cells);
  });

  it.each(ROWS)('is what `policy explain` says: $caller $rpc', async ({ caller, rpc, cells }) => {
    const { calls } = await start();
    const letters = CELLS.map(({ client: oauthClient, scopes, user }) => {
      const { deniedBy = '+' } = decide(calls.entries, {
        caller: CALLERS[caller] ?? spiffe(''),
        rpc,
        oauthClient,
        scopes: canonicalScopes(SCOPES[scopes]),
        userDomain: USERS[user],
      });
      return deniedBy[0];
    });
    expect(letters.join('').match(/.{4}/g)).toEqual(cells);
  });

  it('hands out, where it allows, a token of that user with exactly those scopes', async () => {
    const started = await start();
    for (const { caller, rpc, cells } of ROWS.filter((row) => row.rpc === 'GetAccessToken')) {
      for (const [index, cell] of CELLS.entries()) {
        if (cells.join('')[index] !== '+' || cell.user === 'nobody') continue;
        const { reply } = await ask(started, CALLERS[caller] ?? spiffe(''), rpc, cell);
        const { accessToken } = GetAccessTokenResponse.decode(reply ?? Buffer.alloc(0));
        const owner = started.world.google.project.accessTokenOwner(new Secret(accessToken));
        expect(owner).toMatchObject({ sub: cell.user, scopes: SCOPES[cell.scopes] });
      }
    }
  });

  it('denies everything where the policy names nobody', async () => {
    const started = await start();
    started.calls.use('callers: []');
    for (const caller of Object.values(CALLERS)) {
      for (const { rpc } of ROWS.slice(0, 4)) {
        const answer = await ask(started, caller, rpc, CELLS[0] as Cell);
        expect(answer).toMatchObject({
          reason: 'CALLER_NOT_ALLOWED',
          metadata: { deniedBy: 'rpc' },
        });
      }
    }
  });
});
