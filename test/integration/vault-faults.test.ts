import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  it,
  vi,
} from 'vitest';
import { type OpenBao, startOpenBao } from '../../src/dev/openbao/server.ts';
import { Secret } from '../../src/domain/secret.ts';
import { newUserRecord, type UserRecord } from '../../src/domain/user-record.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { writePolicies } from '../../src/vault/admin/write-policies.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { FaultyProxy } from '../support/faulty-proxy.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { freshVault, type TestVault, type TestVaultOptions } from '../support/openbao.ts';
import { stopProcess } from '../support/stop-process.ts';

const USER = '100000000000000000001';
const REFRESH_TOKEN = 'planted-refresh-token';
const record: UserRecord = {
  ...newUserRecord(USER, 0),
  toRevoke: [new Secret(REFRESH_TOKEN)],
};
const first = { expectedVersion: 0, writeId: 'the-first' };
const unavailable = { reason: 'STORE_UNAVAILABLE' };
const accessLost = { reason: 'STORE_ACCESS_LOST' };

/** What the adapter makes of a Vault that fails; on a server of its own, because it is made to. */
describe('Vault fails', () => {
  let dataDir: string;
  let openBao: OpenBao;
  let opened: TestVault[];
  let printed: string;
  let thrown: unknown[];

  beforeAll(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'tokenvault-faults-'));
    openBao = await startOpenBao({ binary: inject('openBaoBinary'), dataDir });
  });
  afterAll(async () => {
    await openBao.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  beforeEach(() => {
    opened = [];
    printed = '';
    thrown = [];
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((chunk) => {
        printed += String(chunk);
        return true;
      });
    }
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    const secrets = opened.map(({ token }) => token.reveal());
    const told = `${printed}${opened.map(({ logger }) => logger.text())}${inspect(thrown, { depth: 9, showHidden: true })}`;
    await Promise.all(opened.map(({ close }) => close()));
    for (const secret of [REFRESH_TOKEN, openBao.rootToken, ...secrets]) {
      expect(told).not.toContain(secret);
    }
  });

  async function open(options: TestVaultOptions = {}): Promise<TestVault> {
    const vault = await freshVault({ server: openBao, readRetries: 0, ...options });
    opened.push(vault);
    return vault;
  }

  /** What a call ends with, kept for the check that it tells no secret. */
  async function failureOf(call: Promise<unknown>): Promise<unknown> {
    const failure = await call.then(
      (value) => ({ succeeded: value }),
      (error: unknown) => error,
    );
    thrown.push(failure);
    return failure;
  }

  it('is unavailable while sealed, and goes on afterwards', async () => {
    const { vault } = await open();
    await vault.users.write(record, first);
    const term = await vault.revocations.leaderTerm();
    await openBao.seal();
    expect(await failureOf(vault.users.read(USER))).toMatchObject(unavailable);
    expect(
      await failureOf(vault.users.write(record, { expectedVersion: 1, writeId: 'second' })),
    ).toMatchObject(unavailable);
    expect(await failureOf(vault.revocations.leaderTerm())).toMatchObject(unavailable);
    await openBao.unseal();
    expect(await vault.users.read(USER)).toMatchObject({ kind: 'present', version: 1 });
    expect(await vault.revocations.leaderTerm()).not.toBe(term);
  });

  it('is unavailable while the process is dead, and has everything after a restart', async () => {
    const { vault } = await open();
    await vault.users.write(record, first);
    const port = Number(new URL(openBao.address).port);
    const ended = new Promise((resolve) => openBao.process.once('exit', resolve));
    openBao.process.kill('SIGKILL');
    await ended;
    expect(await failureOf(vault.users.read(USER))).toMatchObject(unavailable);
    expect(await failureOf(vault.users.write(record, first))).toMatchObject(unavailable);
    openBao = await startOpenBao({ binary: inject('openBaoBinary'), dataDir, port });
    expect(await vault.users.read(USER)).toMatchObject({ kind: 'present', writeId: 'the-first' });
  });

  it('waits no longer than its timeout for a server that hangs', async () => {
    const { vault, options, logger, metrics } = await open();
    // However busy this machine is, time passes for the adapter only when the test says so.
    const clock = new ManualClock();
    const patient = await openVault(options, { clock, random: systemRandom, logger, metrics });
    await stopProcess(openBao.process);
    try {
      let ended = false;
      const reading = failureOf(patient.users.read(USER)).finally(() => {
        ended = true;
      });
      await clock.advance(options.requestTimeoutMs - 1);
      expect(ended).toBe(false);
      await clock.advance(1);
      expect(await reading).toMatchObject(unavailable);
      const writing = failureOf(patient.users.write(record, first));
      expect(await clock.until(writing)).toMatchObject(unavailable);
    } finally {
      openBao.process.kill('SIGCONT');
      await patient.close();
    }
    // The write may have landed since: either way the same operation ends committed.
    const repeated = () => vault.users.write(record, first).catch(() => undefined);
    await vi.waitUntil(async () => (await repeated())?.outcome === 'committed', 10_000);
    expect(await vault.users.read(USER)).toMatchObject({ version: 1, writeId: 'the-first' });
  });

  it('pages ops once the token is dead', async () => {
    const { vault, root, token, logger } = await open();
    await root.write('auth/token/revoke', { token: token.reveal() });
    expect(await failureOf(vault.users.read(USER))).toMatchObject(accessLost);
    expect(await failureOf(vault.users.write(record, first))).toMatchObject(accessLost);
    // What is missing is asked for beside the calls.
    await expect
      .poll(() => logger.lines)
      .toMatchObject([
        { event: 'store_access_lost', problem: 'the token is dead' },
        { event: 'vault_access_problem', cause: 'token_dead' },
      ]);
  });

  it('pages ops when the policy no longer allows it', async () => {
    const { vault, root, policy, logger } = await open();
    const rules = policy.rules.filter((rule) => !rule.path.includes('/users/'));
    await writePolicies(root, [{ ...policy, rules }]);
    expect(await failureOf(vault.users.read(USER))).toMatchObject(accessLost);
    expect(logger.lines[0]).toMatchObject({ problem: 'the policy denies a request' });
  });

  it('pages ops when the mount is gone', async () => {
    const { vault, root, mount, logger } = await open();
    await root.delete(`sys/mounts/${mount}`);
    expect(await failureOf(vault.users.read(USER))).toMatchObject(accessLost);
    expect(logger.lines[0]).toMatchObject({ event: 'store_access_lost' });
  });

  it('knows that a write whose reply was lost was committed', async () => {
    const proxy = await FaultyProxy.start(openBao.address);
    const { vault } = await open({ addresses: [proxy.url] });
    proxy.plan({ cut: 'reply' });
    expect(await vault.users.write(record, first)).toEqual({ outcome: 'committed', version: 1 });
    proxy.plan({ cut: 'reply' });
    const second = { expectedVersion: 1, writeId: 'second' };
    expect(await vault.users.write(record, second)).toEqual({ outcome: 'committed', version: 2 });
    expect(await vault.users.read(USER)).toMatchObject({ version: 2, writeId: 'second' });
    expect(proxy.cuts).toBe(2);
    await proxy.close();
  });

  it('lets one of two writers win also when both lose their replies', async () => {
    const proxy = await FaultyProxy.start(openBao.address);
    const { vault } = await open({ addresses: [proxy.url] });
    const results = [];
    for (const writeId of ['a', 'b']) {
      proxy.plan({ cut: 'reply' });
      results.push(await vault.users.write(record, { expectedVersion: 0, writeId }));
    }
    expect(results.map(({ outcome }) => outcome)).toEqual(['committed', 'conflict']);
    expect(proxy.cuts).toBe(2);
    await proxy.close();
  });

  it('repeats a read whose answer was lost', async () => {
    const proxy = await FaultyProxy.start(openBao.address);
    const { vault } = await open({ addresses: [proxy.url], readRetries: 1 });
    await vault.users.write(record, first);
    proxy.plan({ cut: 'reply' });
    expect(await vault.users.read(USER)).toMatchObject({ kind: 'present' });
    expect(proxy.cuts).toBe(1);
    await proxy.close();
  });
});
