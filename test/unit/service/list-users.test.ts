import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { newUserRecord, type UserRecord } from '../../../src/domain/user-record.ts';
import type { Replica } from '../../../src/service/create-token-vault.ts';
import type { ListUsersRequest, UserPage } from '../../../src/service/token-vault.ts';
import { World } from '../../support/replica-fixture.ts';
import { rightsWith } from '../../support/rights.ts';
import { alertsOf, oneReplica } from './steps.ts';

const grant = (state: 'live' | 'dead') => ({
  clientId: 'c',
  refreshToken: new Secret('1//refresh'),
  scopes: ['openid'],
  obtainedAt: 1,
  state,
});
const record = (userId: string, fields: Partial<UserRecord> = {}): UserRecord => ({
  ...newUserRecord(userId, 1),
  state: 'active',
  grants: new Map([['default', [grant('live')]]]),
  ...fields,
});

async function worldOf(records: readonly UserRecord[]) {
  const world = new World();
  for (const each of records) {
    await world.vault.users.write(each, { expectedVersion: 0, writeId: 'w' });
  }
  const { replica } = await oneReplica(world);
  return { world, replica };
}

const list = (
  { world, replica }: { readonly world: World; readonly replica: Replica },
  request: Partial<ListUsersRequest> = {},
  rights = rightsWith({}),
) =>
  world.settled(
    replica.tokenVault.listUsers(
      { pageSize: 100, filter: {}, ...request },
      { ...world.context(), rights },
    ),
  );

/** All pages from the first to the last. */
async function walk(
  scene: Parameters<typeof list>[0],
  request: Partial<ListUsersRequest> = {},
  rights = rightsWith({}),
): Promise<readonly UserPage[]> {
  const pages: UserPage[] = [];
  let pageToken: string | undefined;
  do {
    const page: UserPage = await list(scene, { ...request, pageToken }, rights);
    pages.push(page);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return pages;
}

const idsOf = (pages: readonly UserPage[]) =>
  pages.flatMap(({ users }) => users.map(({ userId }) => userId)).sort();

describe('ListUsers', () => {
  it('comes through all users once, over pages of which many are empty', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `user-${index}`).sort();
    const scene = await worldOf(ids.map((id) => record(id)));
    const pages = await walk(scene);
    expect(idsOf(pages)).toEqual(ids);
    expect(pages.some(({ users }) => users.length === 0)).toBe(true);
    const done = pages.map(({ partsDone }) => partsDone);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(pages.at(-1)).toMatchObject({ partsDone: 4_096, partsTotal: 4_096 });
  });

  it('gives no page more users than were asked for, also within one part', async () => {
    const scene = await worldOf([]);
    const { world } = scene;
    const ids = inOnePart(world, 5);
    for (const id of ids) {
      await world.vault.users.write(record(id), { expectedVersion: 0, writeId: 'w' });
    }
    const pages = await walk(scene, { pageSize: 2 });
    expect(idsOf(pages)).toEqual([...ids].sort());
    expect(Math.max(...pages.map(({ users }) => users.length))).toBe(2);
  });

  it('tells no token', async () => {
    const [user] = (await walk(await worldOf([record('a')]))).flatMap(({ users }) => users);
    expect(user).toMatchObject({ userId: 'a', grants: [{ oauthClient: 'default' }] });
    expect(Object.keys(user?.grants[0] ?? {})).not.toContain('refreshToken');
  });

  it('looks at so many records in one call and no more, whether or not they pass', async () => {
    const ids = Array.from({ length: 700 }, (_, index) => `user-${index}`);
    const scene = await worldOf(ids.map((id) => record(id)));
    scene.world.vault.script.clearCalls();
    const { users } = await list(scene, { filter: { state: 'revoked' } });
    expect(users).toEqual([]);
    expect(scene.world.vault.script.count('users.readListed')).toBeLessThanOrEqual(500);
    expect(scene.world.vault.script.count('users.list')).toBeLessThanOrEqual(512 + 8);
  });

  it.each<[ListUsersRequest['filter'], readonly string[]]>([
    [{}, ['dead', 'half', 'live', 'other', 'revoked', 'revoking']],
    [{ state: 'active' }, ['half', 'live', 'other']],
    [{ state: 'dead' }, ['dead']],
    [{ state: 'revoking' }, ['revoking']],
    [{ state: 'revoked' }, ['revoked']],
    [{ oauthClient: 'second' }, ['half', 'other']],
    [{ state: 'dead', oauthClient: 'second' }, ['half']],
    [{ state: 'active', oauthClient: 'second' }, ['other']],
  ])('filters by %j', async (filter, expected) => {
    const live = grant('live');
    const dead = grant('dead');
    const scene = await worldOf([
      record('live'),
      record('dead', { grants: new Map([['default', [dead, dead]]]) }),
      record('half', {
        grants: new Map([
          ['default', [dead, live]],
          ['second', [dead]],
        ]),
      }),
      record('other', { grants: new Map([['second', [live]]]) }),
      record('revoking', { state: 'revoking' }),
      record('revoked', { state: 'revoked', grants: new Map() }),
    ]);
    expect(idsOf(await walk(scene, { filter }))).toEqual(expected);
  });

  it('shows a caller that is restricted to domains the users of those alone', async () => {
    const scene = await worldOf([
      record('corp', { hostedDomain: 'corp.example' }),
      record('other', { hostedDomain: 'other.example' }),
      record('plain'),
    ]);
    scene.world.vault.corrupt('broken');
    const pages = await walk(scene, {}, rightsWith({ users: new Set(['corp.example']) }));
    expect(idsOf(pages)).toEqual(['corp']);
    expect(pages.every(({ unreadable }) => unreadable === 0)).toBe(true);
  });

  it('goes past records that cannot be read, counts them and pages', async () => {
    const scene = await worldOf([record('good')]);
    scene.world.vault.corrupt('broken');
    const pages = await walk(scene);
    expect(idsOf(pages)).toEqual(['good']);
    expect(pages.reduce((sum, { unreadable }) => sum + unreadable, 0)).toBe(1);
    expect(alertsOf(scene.world)).toEqual(['stored_record_corrupt']);
    const place = scene.world.vault.keyedHash.fanned('user', 'broken', 3);
    expect(scene.world.logger.lines).toContainEqual(
      expect.objectContaining({ event: 'stored_record_corrupt', record: `users/${place}` }),
    );
  });

  it('passes on that Vault does not let it list', async () => {
    const scene = await worldOf([]);
    const lost = new Failure('STORE_ACCESS_LOST', { detail: 'the policy lacks list' });
    scene.world.vault.script.failNext('users.list', 'before', 1, lost);
    expect(await scene.world.reasonOf(list(scene))).toBe('STORE_ACCESS_LOST');
  });

  it('runs two at a time and lets others wait for a moment', async () => {
    const { world, replica } = await worldOf([]);
    const hold = world.vault.script.hold('users.list');
    const request = { pageSize: 1, filter: {} };
    const calls = Array.from({ length: 3 }, () =>
      world.reasonOf(replica.tokenVault.listUsers(request, world.context())),
    );
    await world.clock.advance(1);
    expect(hold.waiting).toBe(2);
    await world.clock.advance(2_100);
    hold.release();
    expect((await Promise.all(calls)).toSorted()).toEqual(['NOT_READY', 'OK', 'OK']);
  });

  it('begins over on the node that is active, where that changes meanwhile', async () => {
    const scene = await worldOf([record('a')]);
    const hold = scene.world.vault.script.hold('users.list', 'after');
    const page = list(scene);
    await scene.world.clock.advance(1);
    scene.world.vault.term = 'fake-node 2';
    const before = scene.world.vault.script.count('users.list');
    hold.release();
    await page;
    expect(scene.world.vault.script.count('users.list')).toBeGreaterThan(before + 2 * 500);
  });
});

describe('a page token', () => {
  const first = async () => {
    const scene = await worldOf(['a', 'b', 'c'].map((id) => record(id)));
    const { nextPageToken = '' } = await list(scene, { pageSize: 1 });
    return { scene, token: nextPageToken };
  };

  it('gives the same place again, on another replica too', async () => {
    const { scene, token } = await first();
    const other = { world: scene.world, replica: await scene.world.startReplica() };
    const page = await list(scene, { pageToken: token });
    expect(await list(other, { pageToken: token })).toEqual(page);
  });

  it.each<[string, (token: string) => string]>([
    ['was made up', () => `5..${'A'.repeat(28)}`],
    ['names another place', (token) => token.replace(/^\d+/, (shard) => `${Number(shard) + 1}`)],
    ['was cut', (token) => token.slice(0, -1)],
    ['is of no such form', () => 'x'],
  ])('that %s is refused', async (_what, change) => {
    const { scene, token } = await first();
    const call = list(scene, { pageToken: change(token) });
    expect(await scene.world.reasonOf(call)).toBe('FIELD_INVALID');
  });

  it('is for the list that it came with', async () => {
    const { scene, token } = await first();
    const call = list(scene, { pageToken: token, filter: { state: 'dead' } });
    expect(await scene.world.reasonOf(call)).toBe('FIELD_INVALID');
  });

  it('has at most 64 characters', async () => {
    expect((await first()).token.length).toBeLessThanOrEqual(64);
  });
});

/** Users who lie in the same part, found by trying. */
function inOnePart(world: World, count: number): readonly string[] {
  const partOf = (id: string) => world.vault.keyedHash.fanned('user', id, 3).split('/')[0];
  const found: string[] = [];
  for (let tried = 0; found.length < count; tried += 1) {
    if (partOf(`try-${tried}`) === partOf('try-0')) found.push(`try-${tried}`);
  }
  return found;
}
