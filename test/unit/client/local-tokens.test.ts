import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { LocalTokens } from '../../../src/client/local-tokens.ts';
import type { GetAccessTokenRequest } from '../../../src/client/messages.ts';
import { TokenVaultError } from '../../../src/client/token-vault-error.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';

const DRIVE = 'https://www.googleapis.com/auth/drive';
const USER = { userId: '1', scopes: [DRIVE] };
const MINUTE = 60_000;
const HOUR = 3_600_000;
const UNREACHABLE = new TokenVaultError({ code: 'UNAVAILABLE' });
const REVOKED = new TokenVaultError({ code: 'FAILED_PRECONDITION', reason: 'USER_REVOKED' });

let clock: ManualClock;
let asked: GetAccessTokenRequest[];
/** What TokenVault does with a question. */
let answer: (request: GetAccessTokenRequest) => Promise<{ name: string; lifeMs: number }>;
let tokens: LocalTokens;

beforeEach(() => {
  clock = new ManualClock();
  asked = [];
  answer = async () => ({ name: `token-${asked.length}`, lifeMs: HOUR });
  tokens = localTokens();
});

function localTokens(options: { most?: number; recheckMs?: number } = {}): LocalTokens {
  return new LocalTokens({
    most: 100,
    recheckMs: HOUR,
    clock,
    random: { unit: () => 0.5 },
    call: async (request) => {
      asked.push(request);
      const { name, lifeMs } = await answer(request);
      const expireTime = new Date(clock.now() + lifeMs);
      return { accessToken: name, tokenType: 'Bearer', expireTime, scopes: request.scopes };
    },
    ...options,
  });
}

async function get(more: { userId?: string; scopes?: string[]; minTtlMs?: number } = {}) {
  const { accessToken } = await tokens.get({ ...USER, ...more });
  // What goes on in the background has its turn.
  await settle();
  return accessToken;
}

const ttlMs = ({ minTtl }: GetAccessTokenRequest) =>
  (minTtl?.seconds ?? 0) * 1_000 + (minTtl?.nanos ?? 0) / 1_000_000;

describe('a token', () => {
  it('is asked for once, and then held', async () => {
    expect([await get(), await get(), await get()]).toEqual(['token-1', 'token-1', 'token-1']);
    expect(asked).toMatchObject([{ userId: '1', oauthClient: '', scopes: [DRIVE] }]);
    expect(asked.map(ttlMs)).toEqual([MINUTE]);
  });

  it('is the same whatever its scopes are called and in which order', async () => {
    await get({ scopes: ['openid', 'email'] });
    const long = 'https://www.googleapis.com/auth/userinfo.email';
    expect(await get({ scopes: [long, 'openid', long] })).toBe('token-1');
    expect((await tokens.get({ ...USER, scopes: ['email', 'openid'] })).scopes).toEqual([
      long,
      'openid',
    ]);
  });

  it('is another for each user, OAuth client and set of scopes', async () => {
    const requests = [
      USER,
      { ...USER, userId: '2' },
      { ...USER, oauthClient: 'other' },
      { ...USER, scopes: [DRIVE, 'openid'] },
      { ...USER, oauthClient: 'default' },
    ];
    for (const request of requests) await tokens.get(request);
    expect(asked).toHaveLength(4);
  });

  it('makes one call for any number of callers', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => tokens.get(USER)));
    expect(new Set(answers).size).toBe(1);
    expect(asked).toHaveLength(1);
  });

  it('that has to live longer than the one on its way is asked for beside it', async () => {
    const wishes = [undefined, 20 * MINUTE, 10 * MINUTE];
    await Promise.all(wishes.map((minTtlMs) => tokens.get({ ...USER, minTtlMs })));
    expect(asked.map(ttlMs)).toEqual([MINUTE, 20 * MINUTE]);
    expect(await get()).toBe('token-2');
  });

  it('is not shown by what prints it', async () => {
    const token = await tokens.get(USER);
    const options = { depth: null, showHidden: true };
    expect(`${inspect(token, options)}${JSON.stringify({ ...token })}`).not.toContain('token-1');
  });

  it('goes when others were used later and there is no more room', async () => {
    tokens = localTokens({ most: 2 });
    for (const userId of ['1', '2', '1', '3']) await get({ userId });
    expect(tokens.size).toBe(2);
    expect(await get()).toBe('token-1');
    expect(await get({ userId: '2' })).toBe('token-4');
  });
});

it('holds none where none may be held', async () => {
  tokens = localTokens({ most: 0 });
  expect([await get(), await get()]).toEqual(['token-1', 'token-2']);
});

describe('the end of a token', () => {
  it('is not waited for: who uses it then has a longer one got in the background', async () => {
    await get();
    await clock.advance(46 * MINUTE);
    expect(await get()).toBe('token-1');
    expect(await get()).toBe('token-2');
    expect(asked.map(ttlMs)).toEqual([MINUTE, 14 * MINUTE + 1]);
  });

  it('is asked about again only after a while, where TokenVault has no longer one', async () => {
    answer = async () => ({ name: 'same', lifeMs: HOUR - clock.monotonic() });
    await get();
    await clock.advance(46 * MINUTE);
    for (let use = 0; use < 10; use += 1) await get();
    expect(asked).toHaveLength(2);
    await clock.advance(11 * MINUTE);
    for (let use = 0; use < 10; use += 1) await get();
    expect(asked).toHaveLength(3);
  });

  it('is kept away from: a token that lives for less than a minute is not used', async () => {
    await get();
    await clock.advance(HOUR - MINUTE + 1);
    expect(await get()).toBe('token-2');
  });

  it('is as far away as the caller wants', async () => {
    await get();
    await clock.advance(40 * MINUTE);
    expect(await get({ minTtlMs: 20 * MINUTE })).toBe('token-1');
    expect(await get({ minTtlMs: 20 * MINUTE + 1 })).toBe('token-2');
    expect(await get()).toBe('token-2');
    expect(asked.map(ttlMs)).toEqual([MINUTE, 20 * MINUTE + 1]);
  });

  it('is that of the wall clock, where the machine slept', async () => {
    await get();
    clock.jumpWall(HOUR);
    expect(await get()).toBe('token-2');
  });

  it('is that of the monotonic clock, where the wall clock was put back', async () => {
    await get();
    await clock.advance(HOUR);
    clock.jumpWall(-HOUR);
    expect(await get()).toBe('token-2');
  });
});

describe('tokens that live for seconds', () => {
  beforeEach(() => {
    answer = async () => ({ name: `token-${asked.length}`, lifeMs: 5_000 });
  });

  it('are used as long as they live', async () => {
    for (let use = 0; use < 4; use += 1) {
      expect(await get()).toBe('token-1');
      await clock.advance(1_300);
    }
    // The second one when three quarters were over.
    expect(asked).toHaveLength(2);
    expect(await get()).toBe('token-2');
  });

  it('are not used in the last tenth of their life', async () => {
    await get();
    await clock.advance(4_500);
    expect(await get()).toBe('token-2');
  });
});

describe('a held token that is in use', () => {
  beforeEach(() => {
    tokens = localTokens({ recheckMs: 5 * MINUTE });
    answer = async () => ({ name: 'same', lifeMs: HOUR - clock.monotonic() });
  });

  it('is asked for again from time to time, in the background', async () => {
    for (let minute = 0; minute <= 15; minute += 1) {
      await get();
      await get();
      await clock.advance(MINUTE);
    }
    expect(asked.map(ttlMs)).toEqual([MINUTE, MINUTE, MINUTE, MINUTE]);
  });

  it('is dropped once TokenVault refuses it', async () => {
    await get();
    await clock.advance(5 * MINUTE);
    answer = () => Promise.reject(REVOKED);
    expect(await get()).toBe('same');
    await expect(get()).rejects.toBe(REVOKED);
  });

  it('stays while nobody can be asked', async () => {
    await get();
    await clock.advance(5 * MINUTE);
    answer = () => Promise.reject(UNREACHABLE);
    for (let use = 0; use < 10; use += 1) expect(await get()).toBe('same');
    expect(asked).toHaveLength(2);
  });
});

describe('while TokenVault cannot be reached', () => {
  beforeEach(async () => {
    await get();
    answer = () => Promise.reject(UNREACHABLE);
  });

  it('a token is used until ten seconds before its end, and not after', async () => {
    await clock.advance(HOUR - 10_001);
    expect(await get()).toBe('token-1');
    await clock.advance(1);
    await expect(get()).rejects.toBe(UNREACHABLE);
  });

  it('not every use asks', async () => {
    await clock.advance(HOUR - 30_000);
    for (let use = 0; use < 10; use += 1) await get();
    expect(asked).toHaveLength(2);
    await clock.advance(5_000);
    await get();
    expect(asked).toHaveLength(3);
  });

  it('TokenVault says how long it is left alone', async () => {
    const busy = { code: 'UNAVAILABLE', reason: 'NOT_READY', retryAfterMs: 2_000 } as const;
    answer = () => Promise.reject(new TokenVaultError(busy));
    await clock.advance(HOUR - 30_000);
    await get();
    await clock.advance(1_999);
    await get();
    expect(asked).toHaveLength(2);
    await clock.advance(1);
    await get();
    expect(asked).toHaveLength(3);
  });

  it('a caller who wants a longer one gets none', async () => {
    await clock.advance(50 * MINUTE);
    await expect(get({ minTtlMs: 20 * MINUTE })).rejects.toBe(UNREACHABLE);
    expect(await get()).toBe('token-1');
  });

  it('nothing is remembered of a user who has no token: the next call asks', async () => {
    await expect(get({ userId: '2' })).rejects.toBe(UNREACHABLE);
    answer = async () => ({ name: 'theirs', lifeMs: HOUR });
    expect(await get({ userId: '2' })).toBe('theirs');
  });
});

describe('a token that Google refuses', () => {
  it('is replaced, and TokenVault hears of it once', async () => {
    const refused = await get();
    const others = await Promise.all(
      Array.from({ length: 100 }, () => tokens.replace(USER, refused)),
    );
    expect(new Set(others.map(({ accessToken }) => accessToken))).toEqual(new Set(['token-2']));
    expect(asked).toHaveLength(2);
    expect(asked[1]?.rejectedTokenSha256).toEqual(createHash('sha256').update(refused).digest());
    // Somebody whose request was on its way for long.
    expect((await tokens.replace(USER, refused)).accessToken).toBe('token-2');
    expect(await get()).toBe('token-2');
    expect(asked).toHaveLength(2);
  });

  it('stays in use where TokenVault makes no other for now', async () => {
    const refused = await get();
    const limited = new TokenVaultError({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'CALLER_RATE_LIMITED',
    });
    answer = () => Promise.reject(limited);
    await expect(tokens.replace(USER, refused)).rejects.toBe(limited);
    expect(await get()).toBe(refused);
  });
});

describe('a user who is revoked by this process', () => {
  it('has no held token any more, and others do', async () => {
    await get();
    await get({ userId: '11' });
    tokens.forgetUser('1');
    expect(await get({ userId: '11' })).toBe('token-2');
    expect(await get()).toBe('token-3');
  });

  it('gets none that was on its way', async () => {
    const release = Promise.withResolvers<void>();
    answer = async () => {
      await release.promise;
      return { name: 'too late', lifeMs: HOUR };
    };
    const early = tokens.get(USER);
    tokens.forgetUser('1');
    answer = () => Promise.reject(REVOKED);
    await expect(tokens.get(USER)).rejects.toBe(REVOKED);
    release.resolve();
    expect((await early).accessToken).toBe('too late');
    await expect(get()).rejects.toBe(REVOKED);
  });
});
