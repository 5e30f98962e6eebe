import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { type OpenBao, startOpenBao } from '../../src/dev/openbao/server.ts';
import { freshMounts, rootClient } from '../support/openbao.ts';

/** The server that developers and tests get. */
describe('startOpenBao', () => {
  let dataDir: string;
  let running: OpenBao[];
  const start = async (port?: number) => {
    const binary = inject('openBaoBinary');
    const openBao = await startOpenBao({ binary, dataDir, ...(port ? { port } : {}) });
    running.push(openBao);
    return openBao;
  };

  beforeEach(async () => {
    running = [];
    dataDir = await mkdtemp(path.join(tmpdir(), 'tokenvault-openbao-'));
  });
  afterEach(async () => {
    await Promise.all(running.map((openBao) => openBao.stop()));
    await rm(dataDir, { recursive: true, force: true });
  });

  it('is active when it resolves, and has its data again after a restart', async () => {
    const before = await start();
    const writer = rootClient(before);
    const { mount } = await freshMounts(writer);
    const written = await writer.read(`${mount}/data/path-key`);
    await writer.close();
    await before.stop();

    const after = await start();
    expect(after.rootToken).toBe(before.rootToken);
    const reader = rootClient(after);
    expect(await reader.read('sys/health')).toMatchObject({ status: 200 });
    const read = await reader.read(`${mount}/data/path-key`);
    expect(read.status).toBe(200);
    expect(read.body).toMatchObject({ data: Object(written.body).data });
    await reader.close();
  });

  it('refuses a folder that a server is using, and names that server', async () => {
    const first = await start();
    await expect(start()).rejects.toThrow(`process ${first.process.pid}`);
    expect(await rootClient(first).read('sys/health')).toMatchObject({ status: 200 });
  });

  it('begins anew where its first start was interrupted before the key was kept', async () => {
    const before = await start();
    await before.stop();
    await rm(path.join(dataDir, 'keys.json'));
    const after = await start();
    expect(after.rootToken).not.toBe(before.rootToken);
    const reader = rootClient(after);
    expect(await reader.read('sys/health')).toMatchObject({ status: 200 });
    await reader.close();
  });

  it('keeps its key for the owner alone', async () => {
    await start();
    expect((await stat(path.join(dataDir, 'keys.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(path.join(dataDir, 'raft'))).mode & 0o077).toBe(0);
  });

  it('seals and unseals', async () => {
    const openBao = await start();
    const client = rootClient(openBao);
    await openBao.seal();
    expect(await client.read('sys/health')).toMatchObject({ status: 503 });
    await openBao.unseal();
    expect(await client.read('sys/health')).toMatchObject({ status: 200 });
    await client.close();
  });

  it('stops once, also when it is paused', async () => {
    const openBao = await start();
    openBao.process.kill('SIGSTOP');
    await openBao.stop();
    await openBao.stop();
    expect(openBao.process.exitCode ?? openBao.process.signalCode).not.toBeNull();
  });

  it('says so when the port is taken', async () => {
    const { address } = await start();
    const port = Number(new URL(address).port);
    const elsewhere = path.join(dataDir, 'elsewhere');
    const binary = inject('openBaoBinary');
    await expect(startOpenBao({ binary, dataDir: elsewhere, port })).rejects.toThrow(
      /address already in use/,
    );
  });

  it('shows the last lines of the log when the server does not start', async () => {
    const binary = path.join(dataDir, 'broken');
    await writeFile(binary, '#!/bin/sh\necho "no such storage"\nexit 1\n');
    await chmod(binary, 0o755);
    await expect(startOpenBao({ binary, dataDir })).rejects.toThrow(/no such storage/);
  });

  it('hides the developer’s own settings from the server', async () => {
    const binary = path.join(dataDir, 'spy');
    await writeFile(binary, '#!/bin/sh\nenv\nexit 1\n');
    await chmod(binary, 0o755);
    await startOpenBao({ binary, dataDir }).catch(() => undefined);
    const seen = await readFile(path.join(dataDir, 'openbao.log'), 'utf8');
    expect(seen).toContain(`HOME=${dataDir}`);
    expect(seen).not.toMatch(/^(PATH=.*node_modules|(BAO|VAULT)_|VITEST)/m);
  });
});
