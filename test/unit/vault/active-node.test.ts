import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { systemClock } from '../../../src/observability/system-clock.ts';
import { ActiveNode } from '../../../src/vault/active-node.ts';
import { VaultClient } from '../../../src/vault/vault-client.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';
import {
  drop,
  html,
  json,
  type ScriptedServer,
  startScriptedServer,
} from '../../support/scripted-server.ts';

const active = (since: string) =>
  json(200, { ha_enabled: true, is_self: true, active_time: since, leader_address: '' });
const standby = (leader = '') =>
  json(200, { ha_enabled: true, is_self: false, active_time: '', leader_address: leader });
const sealed = json(503, { errors: ['Vault is sealed'] });

const MORNING = '2026-01-01T08:00:00.5Z';
const NOON = '2026-01-01T12:00:00.25Z';

describe('ActiveNode', () => {
  let first: ScriptedServer;
  let second: ScriptedServer;
  let node: ActiveNode;
  const over = (...addresses: string[]) =>
    new ActiveNode(addresses, (address) => {
      const token = () => new Secret('s.token');
      const metrics = new RecordingMetrics();
      return new VaultClient({ address, token, timeoutMs: 2_000, metrics, clock: systemClock });
    });

  beforeEach(async () => {
    [first, second] = [await startScriptedServer(), await startScriptedServer()];
    node = over(first.url, second.url);
  });
  afterEach(async () => {
    await node.close();
    await first.close();
    await second.close();
  });
  /** Which server the next request of a store goes to. */
  async function inUse(): Promise<string> {
    await node.client.read('probe');
    return first.requests.some(({ path }) => path === '/v1/probe') ? 'first' : 'second';
  }

  it('stays with an address that says that it is active', async () => {
    first.answer = active(MORNING);
    expect(await node.leaderTerm()).toBe(`${first.url} ${MORNING}`);
    expect(second.requests).toEqual([]);
    expect(await inUse()).toBe('first');
  });

  it('names another term when the same node was elected again', async () => {
    first.answer = active(MORNING);
    const term = await node.leaderTerm();
    first.answer = active(NOON);
    expect(await node.leaderTerm()).not.toBe(term);
  });

  it.each([
    ['is a standby', standby()],
    ['is sealed', sealed],
    ['answers nothing', drop],
    ['is not Vault', html(200)],
  ])('goes to the other address when the one in use %s', async (_name, answer) => {
    first.answer = answer;
    second.answer = active(NOON);
    expect(await node.leaderTerm()).toBe(`${second.url} ${NOON}`);
    expect(await inUse()).toBe('second');
  });

  it('does not move on its own account', async () => {
    first.answer = active(MORNING);
    await node.leaderTerm();
    first.answer = sealed;
    expect(await inUse()).toBe('first');
  });

  it('looks once for all who ask meanwhile, and after they asked', async () => {
    const held = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    first.answer = (response, request) => {
      asked.resolve();
      void held.promise.then(() => active(MORNING)(response, request));
    };
    const early = node.leaderTerm();
    await asked.promise;
    const late = [1, 2, 3].map(() => node.leaderTerm());
    first.answer = active(NOON);
    held.resolve();
    expect(await early).toBe(`${first.url} ${MORNING}`);
    const term = `${first.url} ${NOON}`;
    expect(await Promise.all(late)).toEqual([term, term, term]);
    expect(first.requests).toHaveLength(2);
  });

  it('lets who asks at once wait for no other look, and believes the one that began last', async () => {
    const held = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    first.answer = (response, request) => {
      asked.resolve();
      void held.promise.then(() => active(MORNING)(response, request));
    };
    const early = node.leaderTerm();
    await asked.promise;
    first.answer = standby();
    second.answer = active(NOON);
    const term = `${second.url} ${NOON}`;
    expect(await node.leaderTerm({ atOnce: true })).toBe(term);
    held.resolve();
    expect(await early).toBe(term);
    expect(await inUse()).toBe('second');
  });

  it('takes the newest of several terms, because the others were deposed', async () => {
    const third = await startScriptedServer();
    const three = over(third.url, first.url, second.url);
    third.answer = standby();
    first.answer = active(MORNING);
    second.answer = active(NOON);
    expect(await three.leaderTerm()).toBe(`${second.url} ${NOON}`);
    await three.close();
    await third.close();
  });

  it('says so where nobody is active', async () => {
    first.answer = standby();
    second.answer = sealed;
    await expect(node.leaderTerm()).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
  });

  it('counts a server without high availability as the active one', async () => {
    first.answer = json(200, { ha_enabled: false, is_self: false, leader_address: '' });
    expect(await node.leaderTerm()).toContain(first.url);
  });

  it('follows a standby to another port of a host that is configured', async () => {
    const alone = over(first.url);
    first.answer = standby(second.url);
    second.answer = active(NOON);
    expect(await alone.leaderTerm()).toBe(`${second.url} ${NOON}`);
    await alone.close();
  });

  it.each(['http://vault.invalid:8200', 'https://127.0.0.1:8200', 'not a URL', ''])(
    'takes the token to no host that is not: %j',
    async (leader) => {
      const asked: string[] = [];
      const watched = new ActiveNode([first.url], (address) => {
        asked.push(address);
        const options = { token: () => new Secret('s.token'), timeoutMs: 2_000 };
        const metrics = new RecordingMetrics();
        return new VaultClient({ ...options, address, metrics, clock: systemClock });
      });
      first.answer = standby(leader);
      await expect(watched.leaderTerm()).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
      expect(asked).toEqual([first.url]);
      await watched.close();
    },
  );
});
