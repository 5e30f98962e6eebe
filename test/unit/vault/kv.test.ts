import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drop, html, json } from '../../support/scripted-server.ts';
import {
  denied,
  type KvFixture,
  kvFixture,
  mismatch,
  neverWritten,
  sealed,
  version,
  written,
} from './kv-fixture.ts';

const condition = { expectedVersion: 1, writeId: 'mine' };
const mine = { write_id: 'mine' };
const other = { write_id: 'other' };
const broken = json(500, { errors: ['internal error'] });

describe('Kv', () => {
  let fixture: KvFixture;
  beforeEach(async () => {
    fixture = await kvFixture();
  });
  afterEach(() => fixture.close());
  const write = () => fixture.kv.write('users/a', { record: '{}' }, condition);
  const sent = () => fixture.server.requests.map(({ method, path }) => `${method} ${path}`);

  describe('read', () => {
    it('gives the version, its fields and its time', async () => {
      fixture.script(version(3, mine));
      expect(await fixture.kv.read('users/a')).toEqual({
        kind: 'present',
        version: 3,
        fields: { record: '{"write_id":"mine"}' },
        writtenAt: Date.UTC(2026, 0, 1) + 123,
      });
    });

    it.each([
      ['a lost connection', drop],
      ['a broken storage', broken],
      ['a sealed server', sealed],
      ['a page of a proxy', html(502)],
      ['a success that is not Vault’s', html(200)],
      ['a quota', json(429, { errors: ['rate limit quota exceeded'] })],
      ['a node that lags', json(412, { errors: [] })],
    ])('is repeated after %s', async (_name, problem) => {
      fixture.script(problem, problem, version(1, mine));
      expect(await fixture.kv.read('users/a')).toMatchObject({ kind: 'present' });
      expect(fixture.server.requests).toHaveLength(3);
    });

    it('is repeated twice and no more', async () => {
      fixture.script(broken, broken, broken, version(1, mine));
      await expect(fixture.kv.read('users/a')).rejects.toMatchObject({
        reason: 'STORE_UNAVAILABLE',
      });
      expect(fixture.server.requests).toHaveLength(3);
    });

    it('is not repeated after a mistake of ours', async () => {
      fixture.script(json(405, undefined));
      await expect(fixture.kv.read('users/a')).rejects.toMatchObject({ reason: 'INTERNAL' });
      expect(fixture.server.requests).toHaveLength(1);
    });

    it.each(['../a', 'a//b', 'a/../b', 'a%2fb', 'a b', '', '/a', 'a/', 'a?x', 'ü'])(
      'sends no path that could become another: %j',
      async (path) => {
        await expect(fixture.kv.read(path)).rejects.toMatchObject({ reason: 'INTERNAL' });
        expect(fixture.server.requests).toEqual([]);
      },
    );
  });

  describe('write', () => {
    it('sends the expected version', async () => {
      fixture.script(written(2));
      expect(await write()).toEqual({ outcome: 'committed', version: 2 });
      expect(JSON.parse(fixture.server.requests[0]?.body ?? '')).toEqual({
        data: { record: '{}' },
        options: { cas: 1 },
      });
    });

    it.each([
      ['a lost reply', drop],
      ['a 500', broken],
      ['a gateway that waited too long', html(504)],
      ['a success that is not Vault’s', html(200)],
    ])('is never repeated but read back after %s', async (_name, problem) => {
      fixture.script(problem, version(2, mine));
      expect(await write()).toEqual({ outcome: 'committed', version: 2 });
      expect(sent()).toEqual(['POST /v1/m/data/users/a', 'GET /v1/m/data/users/a']);
    });

    it('has an unknown outcome while nothing was written', async () => {
      fixture.script(drop, version(1, other));
      await expect(write()).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
    });

    it('lost to another one that is found there', async () => {
      fixture.script(drop, version(2, other));
      expect(await write()).toEqual({ outcome: 'conflict' });
    });

    it('is found beneath a later one of somebody else', async () => {
      fixture.script(drop, version(3, other), version(2, mine));
      expect(await write()).toEqual({ outcome: 'committed', version: 2 });
      expect(sent().at(-1)).toBe('GET /v1/m/data/users/a?version=2');
    });

    it('lost when its version is gone', async () => {
      fixture.script(drop, version(4, other), neverWritten);
      expect(await write()).toEqual({ outcome: 'conflict' });
    });

    it('lost the race', async () => {
      fixture.script(mismatch, version(2, other));
      expect(await write()).toEqual({ outcome: 'conflict' });
    });

    it('landed before, when a repeated one meets itself', async () => {
      fixture.script(mismatch, version(2, mine));
      expect(await write()).toEqual({ outcome: 'committed', version: 2 });
    });

    it('is not read back when it was refused for now', async () => {
      fixture.script(sealed);
      await expect(write()).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
      expect(fixture.server.requests).toHaveLength(1);
    });
  });

  describe('a refused request', () => {
    const alerts = () => fixture.logger.lines.filter(({ event }) => event === 'store_access_lost');

    it.each([
      ['the token is dead', denied, 'STORE_ACCESS_LOST'],
      ['the policy denies a request', json(200, {}), 'STORE_ACCESS_LOST'],
    ])('pages ops when %s', async (problem, lookup, reason) => {
      fixture.script(denied, lookup);
      await expect(fixture.kv.read('users/a')).rejects.toMatchObject({ reason });
      expect(alerts()).toMatchObject([{ level: 'error', problem }]);
      expect(sent().at(-1)).toBe('GET /v1/auth/token/lookup-self');
    });

    it('is no loss of access while nobody can say', async () => {
      fixture.script(denied, sealed);
      await expect(fixture.kv.read('users/a')).rejects.toMatchObject({
        reason: 'STORE_UNAVAILABLE',
      });
      expect(alerts()).toEqual([]);
    });

    it('pages ops when the mount is gone', async () => {
      fixture.script(json(404, { errors: ['no handler for route "m/data/users/a".'] }));
      await expect(fixture.kv.read('users/a')).rejects.toMatchObject({
        reason: 'STORE_ACCESS_LOST',
      });
      expect(alerts()).toMatchObject([{ problem: 'a KV v2 mount is missing' }]);
    });
  });

  it('has nothing to list in a folder that is not there', async () => {
    fixture.script(neverWritten);
    expect(await fixture.kv.list('exchanges/00')).toEqual([]);
  });

  it('lists records that can be ours', async () => {
    fixture.script(json(200, { data: { keys: ['a-1', 'folder/', '..', 'a b', 'b_2'] } }));
    expect(await fixture.kv.list('revocations')).toEqual(['a-1', 'b_2']);
  });

  it('takes the age of a record from Vault’s own clock', async () => {
    const updated = { data: { updated_time: '2026-01-01T00:00:00Z' } };
    fixture.script(json(200, updated, { date: 'Thu, 01 Jan 2026 00:01:00 GMT' }));
    expect(await fixture.kv.age('exchanges/00/a')).toBe(60_000);
  });
});
