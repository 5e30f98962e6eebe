import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { LocalTokens, type LocalTokensOptions } from '../../../src/client/local-tokens.ts';
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

function localTokens(options: Partial<LocalTokensOptions> = {}): LocalTokens {
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

  it('is held though one that was to live longer, and was asked for beside it, did not come', async () => {
    const first = Promise.withResolvers<{ name: string; lifeMs: number }>();
    answer = () => first.promise;
    const short = tokens.get(USER);
    answer = () => Promise.reject(UNREACHABLE);
    await expect(get({ minTtlMs: 20 * MINUTE })).rejects.toBe(UNREACHABLE);
    first.resolve({ name: 'short', lifeMs: HOUR });
    await short;
    expect(await get()).toBe('short');
    expect(asked).toHaveLength(2);
  });

  it.each([
    ['a space', ['a b']],
    ['a line break', ['a\nb']],
  ])('is not that of two scopes where there is %s in one', async (_, scopes) => {
    await get({ scopes: ['a', 'b'] });
    expect(await get({ scopes })).toBe('token-2');
  });

  it.each([Number.NaN, -1, 1_800_001])(
    'is not asked for with a life of %s ms',
    async (minTtlMs) => {
      const invalid = { code: 'INVALID_ARGUMENT', reason: 'FIELD_INVALID', sent: false };
      await expect(get({ minTtlMs })).rejects.toMatchObject(invalid);
      expect(asked).toEqual([]);
    },
  );

  it('lives no shorter than was asked for, in whole milliseconds', async () => {
    await get({ minTtlMs: 1_999.999_999_9 });
    expect(asked[0]?.minTtl).toMatchObject({ seconds: 2, nanos: 0 });
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

  it('is waited for where it was not used for long, so that a revoked user is refused', async () => {
    await get();
    await clock.advance(10 * MINUTE + 1);
    answer = () => Promise.reject(REVOKED);
    await expect(get()).rejects.toBe(REVOKED);
  });

  it('is handed out though it was not used for long, where TokenVault cannot answer', async () => {
    await get();
    await get({ userId: '2' });
    await clock.advance(10 * MINUTE + 1);
    answer = () => Promise.reject(UNREACHABLE);
    expect(await get()).toBe('same');
    // Nobody waits a second time for one who was not there just now.
    answer = () => new Promise(() => undefined);
    expect(await get({ userId: '2' })).toBe('same');
  });

  it('stays where another replica of TokenVault holds one that ends earlier', async () => {
    answer = async () => ({ name: `token-${asked.length}`, lifeMs: HOUR / asked.length });
    await get();
    await clock.advance(5 * MINUTE);
    expect([await get(), await get(), await get()]).toEqual(['token-1', 'token-1', 'token-1']);
    expect(asked).toHaveLength(2);
  });

  it('is asked for once however often it is used until the answer comes', async () => {
    await get();
    await clock.advance(5 * MINUTE);
    const never = Promise.withResolvers<never>();
    answer = () => never.promise;
    await get();
    const uses = [tokens.get(USER), tokens.get(USER)];
    expect(uses[0]).toBe(uses[1]);
    expect(asked).toHaveLength(2);
    never.reject(UNREACHABLE);
    await settle();
    await clock.advance(2 * MINUTE);
    await get();
    expect(asked).toHaveLength(3);
  });

  it('is asked for again beside at most 31 others at a time', async () => {
    const users = Array.from({ length: 100 }, (_, index) => ({ userId: `${index}` }));
    for (const user of users) await tokens.get({ ...USER, ...user });
    await clock.advance(5 * MINUTE);
    const release = Promise.withResolvers<void>();
    answer = () => release.promise.then(() => ({ name: 'next', lifeMs: HOUR }));
    for (const user of users) await tokens.get({ ...USER, ...user });
    await settle();
    expect(asked).toHaveLength(132);
    release.resolve();
    await settle();
    await Promise.all(users.map((user) => tokens.get({ ...USER, ...user })));
    expect(asked).toHaveLength(164);
  });

  it('is not dropped where something between here and TokenVault refuses the call', async () => {
    await get();
    await clock.advance(5 * MINUTE);
    answer = () => Promise.reject(new TokenVaultError({ code: 'PERMISSION_DENIED' }));
    expect([await get(), await get()]).toEqual(['same', 'same']);
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
    await clock.advance(6_250);
    await get();
    expect(asked).toHaveLength(3);
  });

  it('it is left alone longer each time, and each time for a minute and a half at most', async () => {
    await clock.advance(46 * MINUTE);
    const waits: number[] = [];
    for (let waited = 0; waits.length < 6; waited += 1_250) {
      const before = asked.length;
      await get();
      if (asked.length > before) {
        waits.push(waited);
        waited = 0;
      }
      await clock.advance(1_250);
    }
    expect(waits).toEqual([0, 6_250, 12_500, 25_000, 50_000, 75_000]);
  });

  it('the tokens of a process do not come back to it together', async () => {
    const units = [0, 0, 0, 1];
    answer = async () => ({ name: 'theirs', lifeMs: HOUR });
    tokens = localTokens({ recheckMs: 5 * MINUTE, random: { unit: () => units.shift() ?? 0 } });
    const users = [{ userId: '1' }, { userId: '2' }];
    const use = async () => {
      asked = [];
      for (const user of users) await get(user);
      return asked.map(({ userId }) => userId);
    };
    await use();
    answer = () => Promise.reject(UNREACHABLE);
    await clock.advance(5 * MINUTE);
    expect(await use()).toEqual(['1', '2']);
    await clock.advance(5_000);
    expect(await use()).toEqual(['1']);
    await clock.advance(2_500);
    expect(await use()).toEqual(['2']);
  });

  it('TokenVault says how long it is left alone', async () => {
    const busy = { code: 'UNAVAILABLE', reason: 'NOT_READY', retryAfterMs: 2_000 } as const;
    answer = () => Promise.reject(new TokenVaultError(busy));
    await clock.advance(HOUR - 30_000);
    await get();
    await clock.advance(2_000);
    await get();
    expect(asked).toHaveLength(2);
    await clock.advance(500);
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

  it('is handed out to nobody while another one is being got', async () => {
    const refused = await get();
    const hint = Promise.withResolvers<{ name: string; lifeMs: number }>();
    answer = () => hint.promise;
    const replaced = tokens.replace(USER, refused);
    const used = tokens.get(USER);
    hint.resolve({ name: 'next', lifeMs: HOUR });
    expect([(await replaced).accessToken, (await used).accessToken]).toEqual(['next', 'next']);
    expect(asked).toHaveLength(2);
  });

  it('is handed out to nobody while TokenVault cannot be reached: the next call reports it', async () => {
    const refused = await get();
    answer = () => Promise.reject(UNREACHABLE);
    await expect(tokens.replace(USER, refused)).rejects.toBe(UNREACHABLE);
    await expect(get()).rejects.toBe(UNREACHABLE);
    answer = async () => ({ name: 'next', lifeMs: HOUR });
    expect(await get()).toBe('next');
    const reports = asked.map(({ rejectedTokenSha256 = '' }) => rejectedTokenSha256.length > 0);
    expect(reports).toEqual([false, true, true, true]);
  });

  it('is not put back by a slow answer to an earlier question', async () => {
    tokens = localTokens({ recheckMs: 5 * MINUTE });
    const refused = await get();
    await clock.advance(5 * MINUTE);
    const slow = Promise.withResolvers<{ name: string; lifeMs: number }>();
    answer = () => slow.promise;
    await get();
    answer = async () => ({ name: 'next', lifeMs: HOUR / 2 });
    await tokens.replace(USER, refused);
    slow.resolve({ name: refused, lifeMs: HOUR - 5 * MINUTE });
    expect([await get(), await get()]).toEqual(['next', 'next']);
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
