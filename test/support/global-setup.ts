import { rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { findOpenBao } from '../../src/dev/openbao/binary.ts';
import { startOpenBao } from '../../src/dev/openbao/server.ts';
import { makeRunFolder } from './run-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the Vault that all tests share; each makes mounts of its own in it. */
    readonly vaultAddress: string;
    /** A token that may do everything there. */
    readonly vaultToken: string;
    /** For tests that need a server of their own. */
    readonly openBaoBinary: string;
  }
}

const CACHE_DIR = path.resolve(import.meta.dirname, '../../.cache');

/** One OpenBao for the whole run, or the server that `VAULT_ADDR` and `VAULT_TOKEN` name. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  process.env.NO_COLOR ??= '1';
  // Most of the time that a process needs to start goes into stripping types and compiling.
  process.env.NODE_COMPILE_CACHE ??= path.join(CACHE_DIR, 'compile');
  const folder = makeRunFolder(process.env);
  process.env.TMPDIR = folder;
  // What a failed test has left for whoever looks into it stays.
  const removeFolder = () => rmdir(folder).catch(() => undefined);
  const report = (line: string) => process.stderr.write(`${line}\n`);
  const binary = await findOpenBao({ cacheDir: CACHE_DIR, env: process.env, report });
  provide('openBaoBinary', binary);
  const { VAULT_ADDR, VAULT_TOKEN } = process.env;
  if (VAULT_ADDR && VAULT_TOKEN) {
    provide('vaultAddress', VAULT_ADDR);
    provide('vaultToken', VAULT_TOKEN);
    return removeFolder;
  }
  const dataDir = path.join(folder, 'openbao');
  const openBao = await startOpenBao({ binary, dataDir });
  provide('vaultAddress', openBao.address);
  provide('vaultToken', openBao.rootToken);
  return async () => {
    await openBao.stop();
    await rm(dataDir, { recursive: true, force: true });
    await removeFolder();
  };
}
