import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import { UserState } from '../../src/client/messages.ts';
import { opsPolicy } from '../../src/vault/admin/policies.ts';
import { endOf } from '../support/app-calls.ts';
import { type Alias, type AppWorld, startWorld } from '../support/app-world.ts';
import { type DocShell, docCommands, openDocShell } from '../support/doc-commands.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';
import { tokenWith } from '../support/service-token.ts';

/** "Within seconds", and some more for a busy machine. */
const SECONDS = { timeout: 20_000, interval: 100 };
/** Between calls: each makes records, which are removed one by one in the end. */
const GAP_MS = 100;
const storedReply = z.object({ data: z.object({ data: z.record(z.string(), z.string()) }) });
const PAGE = 'rotate-client-secret.md';

describe.concurrent('ops rotate a client secret with `vault kv patch`', () => {
  let world: AppWorld;
  let app: RunningApp;
  let users = 0;

  beforeAll(async () => {
    world = await startWorld();
    app = await startRunningApp(world);
  });
  afterAll(async () => {
    await app?.stop();
    await world?.close();
  });

  it('by the commands of docs/rotate-client-secret.md, and no call fails meanwhile', async () => {
    const [rotate = '', finish = '', undo = '', ...more] = await docCommands(PAGE);
    expect(more).toEqual([]);
    const { clientId, secret } = world.clients.default;
    const shell = await opsShell();
    const next = 'GOCSPX-the-next-secret-N3XT';
    const load = underLoad('default');

    world.google.setClientSecrets(clientId, [secret, next]);
    await shell.type(rotate, `${next}\n`);
    await shows(configured('default', 'N3XT', 'newest'), '1');
    await shows(configured('default', secret.slice(-4), 'previous'), '1');
    await vi.waitUntil(async () => (await accepted('default', 'N3XT')) > 0, SECONDS);

    world.google.setClientSecrets(clientId, [next]);
    await shell.type(finish);
    // By then calls that had it in hand have been answered.
    const usedOld = await accepted('default', secret.slice(-4));
    await shows(configured('default', secret.slice(-4), 'previous'), '0');
    expect(await accepted('default', secret.slice(-4))).toBe(usedOld);

    await shell.type(rotate, 'GOCSPX-it-is-mistyped\n');
    await refusal('default');
    await shell.type(undo);
    expect(await coldCall('default')).toBe('OK');
    expect(await load.stop()).toEqual(new Set(['OK']));
    expect(await stored('default')).toMatchObject({
      client_secret: next,
      previous_client_secret: '',
    });
    const rejected = 'client="default",suffix="yped",outcome="rejected"';
    expect(await app.metrics.text()).not.toContain(rejected);
    await shell.close();
  });

  it('and one that Google does not know yet is used when it does', async () => {
    const { clientId, secret } = world.clients.second;
    expect(await coldCall('second')).toBe('OK');
    const load = underLoad('second');
    const next = 'GOCSPX-not-yet-at-google-LATE';
    await patch('second', { client_secret: next, previous_client_secret: secret });
    await refusal('second');
    world.google.setClientSecrets(clientId, [secret, next]);
    await shows(configured('second', 'LATE', 'newest'), '1');
    world.google.setClientSecrets(clientId, [next]);
    expect(await coldCall('second')).toBe('OK');
    expect(await load.stop()).toEqual(new Set(['OK']));
  });

  it('a wrong secret or client id fails no call and kills nobody', async () => {
    const { clientId } = world.clients.third;
    await app.calls.signIn('bystander', { alias: 'third' });
    const load = underLoad('third');
    await patch('third', { client_secret: 'GOCSPX-wrong' });
    await refusal('third');
    await patch('third', { client_id: 'mistyped.apps.googleusercontent.com' });
    await refusal('third', 2);
    expect(await load.stop()).toEqual(new Set(['OK']));
    expect(await getCold('bystander')).toBe('OK');

    // Nothing of what is configured is good any more.
    world.google.setClientSecrets(clientId, ['GOCSPX-another-one']);
    expect(await getCold('bystander')).toBe('PROVIDER_CLIENT_REJECTED');
    const { state, grants } = await app.calls.getUser('bystander');
    expect(state).toBe(UserState.USER_STATE_ACTIVE);
    expect(grants.map(({ cause }) => cause)).toEqual(['']);
    await patch('third', { client_id: clientId, client_secret: 'GOCSPX-another-one' });
    await vi.waitUntil(async () => (await getCold('bystander')) === 'OK', SECONDS);
  });

  it('a broken record leaves the last good one in force', async () => {
    await app.calls.signIn('careful', { alias: 'fourth' });
    await patch('fourth', { client_secret: '', code_sources: 'nonsense' });
    await vi.waitUntil(
      async () => (await app.metrics.text()).includes('alert="oauth_client_broken"'),
      SECONDS,
    );
    expect(await getCold('careful', 'fourth')).toBe('OK');
  });

  /** Another user each time, whose token no cache has. */
  async function coldCall(alias: Alias): Promise<string> {
    users += 1;
    const code = await app.calls.mintCode(`rotation-${users}`, { alias });
    return endOf(app.calls.exchange(code, { alias }));
  }

  /** Calls one after the other, until they are stopped. */
  function underLoad(alias: Alias): { stop(): Promise<ReadonlySet<string>> } {
    const ends = new Set<string>();
    let isOver = false;
    const calls = (async () => {
      while (!isOver) {
        ends.add(await coldCall(alias));
        await pause(GAP_MS);
      }
    })();
    const stop = async () => {
      isOver = true;
      await calls;
      return ends;
    };
    return { stop };
  }

  /** Resolves when the service has refused so many values for the client. */
  function refusal(alias: Alias, times = 1): Promise<unknown> {
    const refusals = () =>
      app.logged.filter(
        (line) => line.includes('"oauth_client_secret_refused"') && line.includes(`"${alias}"`),
      );
    return vi.waitUntil(() => refusals().length === times, SECONDS);
  }

  async function read(series: string): Promise<string | undefined> {
    const lines = (await app.metrics.text()).split('\n');
    const line = lines.find((text) => text.startsWith(`${series} `));
    return line?.slice(series.length + 1);
  }

  function shows(series: string, value: string): Promise<unknown> {
    return vi.waitUntil(async () => (await read(series)) === value, SECONDS);
  }

  function configured(alias: Alias, suffix: string, position: string): string {
    return `tokenvault_client_secret_configured{client="${alias}",suffix="${suffix}",position="${position}"}`;
  }

  /** When Google last accepted it, Unix time. */
  async function accepted(alias: Alias, suffix: string): Promise<number> {
    const series = `tokenvault_client_secret_last_accepted_timestamp_seconds{client="${alias}",suffix="${suffix}"}`;
    return Number(await read(series));
  }

  let asked = 0;
  /** A set of scopes that was not asked for before is in no cache. */
  function getCold(userId: string, alias: Alias = 'third'): Promise<string> {
    const scopes = ['openid', 'email', 'profile'];
    const chosen = scopes.filter((_, bit) => ((asked % 7) + 1) & (1 << bit));
    asked += 1;
    return endOf(app.calls.getToken(userId, { alias, scopes: chosen }));
  }

  /** Of somebody with the rights of ops. */
  async function opsShell(): Promise<DocShell> {
    const token = (await tokenWith(world.root, opsPolicy(world.mounts))).reveal();
    const { address } = world.server;
    const { configMount } = world.mounts;
    return openDocShell({ binary: inject('openBaoBinary'), address, token, configMount });
  }

  /** What the command line sends. */
  async function patch(alias: Alias, data: Readonly<Record<string, string>>): Promise<void> {
    const reply = await atVault(alias, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ data, options: {} }),
    });
    expect(reply.status).toBe(200);
  }

  async function stored(alias: Alias): Promise<unknown> {
    const reply: unknown = await (await atVault(alias)).json();
    return storedReply.parse(reply).data.data;
  }

  function atVault(alias: Alias, request: RequestInit = {}): Promise<Response> {
    const { address, rootToken } = world.server;
    const path = `${world.mounts.configMount}/data/clients/${alias}`;
    const headers = { ...request.headers, 'x-vault-token': rootToken };
    return fetch(`${address}/v1/${path}`, { ...request, headers });
  }
});
