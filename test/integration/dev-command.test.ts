import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';

const MAIN = path.resolve(import.meta.dirname, '../../src/dev/main.ts');
const START_TIMEOUT_MS = 50_000;
/** Of one test, which starts the stack up to two times and plays the story. */
const TEST_TIMEOUT_MS = 180_000;

let directory: string;
let child: ChildProcess;
let printed: string;
/** Exit code and signal. */
let ended: Promise<unknown[]>;

function runDev(...flags: string[]): void {
  const args = [MAIN, '--any-port', '--directory', directory, ...flags];
  const searched = [path.dirname(inject('openBaoBinary')), process.env.PATH].join(path.delimiter);
  const env = { ...process.env, PATH: searched };
  child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  ended = once(child, 'exit');
}

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'tokenvault-dev-'));
  printed = '';
  runDev();
});
afterEach(async () => {
  child.kill('SIGTERM');
  await ended;
  await rm(directory, { recursive: true, force: true });
});

/** The status of OpenBao's health; undefined while nobody answers. */
async function openBaoHealth(): Promise<number | undefined> {
  try {
    const config = await readFile(path.join(directory, 'openbao/config.json'), 'utf8');
    return (await fetch(`${JSON.parse(config).api_addr}/v1/sys/health`)).status;
  } catch {
    return undefined; // not started yet, or ended
  }
}

/** It is killed with its parent, and gone when the machine comes to that. */
async function openBaoEnds(): Promise<void> {
  await expect.poll(openBaoHealth).toBeUndefined();
}

describe('npm run dev', { timeout: TEST_TIMEOUT_MS }, () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'leaves no OpenBao behind when %s comes while it starts',
    async (signal) => {
      await expect.poll(openBaoHealth, { timeout: START_TIMEOUT_MS }).toEqual(expect.any(Number));
      child.kill(signal);
      expect(await ended).toEqual([1, null]);
      await openBaoEnds();
    },
  );

  it('leaves none behind when it is stopped in the middle of its story', async () => {
    await expect.poll(() => printed, { timeout: START_TIMEOUT_MS }).toContain('Its main job');
    child.kill('SIGTERM');
    expect(await ended).toEqual([1, null]);
    expect(printed).toContain('Stopping');
    expect(await readdir(directory), 'nobody is sent to it any more').not.toContain('address');
    await openBaoEnds();
  });

  it('starts again on what an interrupted start has left', async () => {
    await expect.poll(openBaoHealth, { timeout: START_TIMEOUT_MS }).toEqual(expect.any(Number));
    child.kill('SIGTERM');
    await ended;
    await openBaoEnds();
    runDev('--once');
    expect(await ended).toEqual([0, null]);
  });
});
