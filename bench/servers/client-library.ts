import { randomBytes } from 'node:crypto';
import type { TokenVaultConnection } from '../../src/client/connect.ts';
import { TokenVault } from '../../src/client/token-vault.ts';
import { benchUser, DRIVE } from '../load/call.ts';
import { type Answer, serveMeasured } from './child.ts';
import { memory } from './memory.ts';

const TOKEN_LIFE_MS = 3_599_000;
/** Makes an access token of 220 characters, as Google's are. */
const TOKEN_BYTES = 160;

/** Users that the service works for in turn. */
const USERS_IN_TURN = 1_000;
/** With them the library holds as many tokens as it does by default. */
const USERS_TO_FILL = 9_000;
/** Of a loop: by then everything that it needs is there. */
const USERS_BEFORE_GROWTH = 10_000;
const scopes = [DRIVE];

const [calls = 0, users = 0] = process.argv.slice(2).map(Number);
await serveMeasured(async () => {
  const vault = new TokenVault({ connection: madeUpConnection() });
  let from = USERS_IN_TURN;
  const workForNewUsers = async (count: number) => {
    const end = from + count;
    for (; from < end; from += 1) {
      const request = { userId: benchUser(from), scopes };
      vault.googleAuth(request);
      await vault.getAccessToken(request);
    }
    return { users: from };
  };
  const questions = {
    memory,
    held: () => costOfHeld(vault),
    'held users': () => ({ users: from }),
    fill: () => workForNewUsers(USERS_TO_FILL),
    'many users': () => workForNewUsers(users),
    loop: () => growthOfLoop(vault),
  };
  return { port: 0, questions };
});

/** CPU of one call for a token that is held. */
async function costOfHeld(vault: TokenVault): Promise<Answer> {
  const requests = Array.from({ length: USERS_IN_TURN }, (_, index) => ({
    userId: benchUser(index),
    scopes,
  }));
  for (const request of requests) await vault.getAccessToken(request);
  const before = process.cpuUsage();
  for (let round = 0; round < calls / USERS_IN_TURN; round += 1) {
    for (const request of requests) await vault.getAccessToken(request);
  }
  const { user, system } = process.cpuUsage(before);
  return { us: (user + system) / calls };
}

/** What is in use towards the end of a loop over all users, less that after the first ones. */
async function growthOfLoop(vault: TokenVault): Promise<Answer> {
  const first = Math.min(USERS_BEFORE_GROWTH, users / 10);
  const named = function* () {
    for (let index = 0; index < users; index += 1) yield benchUser(index);
  };
  let count = 0;
  let before = Number.NaN;
  let after = Number.NaN;
  for await (const { error } of vault.accessTokens(named(), { scopes })) {
    if (error !== undefined) throw error;
    count += 1;
    if (count === first) before = (await memory()).used ?? Number.NaN;
    if (count === users - first) after = (await memory()).used ?? Number.NaN;
  }
  return { users: count, growth: after - before };
}

/** In place of TokenVault: what is measured is the library's own. */
function madeUpConnection(): TokenVaultConnection {
  const unused = () => Promise.reject(new Error('The benchmark does not call this.'));
  return {
    exchangeCode: unused,
    batchGetAccessTokens: async ({ userIds, scopes }) => ({
      results: userIds.map(() => ({ token: madeUpToken() })),
      tokenType: 'Bearer',
      scopes,
    }),
    revokeUser: unused,
    getUser: unused,
    getAccessToken: async ({ scopes }) => ({ ...madeUpToken(), tokenType: 'Bearer', scopes }),
    reachability: () => 'connected',
    close: () => undefined,
  };
}

function madeUpToken() {
  return {
    accessToken: `ya29.${randomBytes(TOKEN_BYTES).toString('base64url')}`,
    expireTime: new Date(Date.now() + TOKEN_LIFE_MS),
  };
}
