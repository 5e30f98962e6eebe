import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const MAIN = path.resolve(import.meta.dirname, '../../src/dev/google/main.ts');

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

/** Runs it; `printed` grows with both of its outputs. */
function run(...args: string[]) {
  const started = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  child = started;
  const output = { printed: '' };
  for (const stream of [started.stdout, started.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output.printed += text;
    });
  }
  // `close`, unlike `exit`, comes after all output.
  const ended = once(started, 'close').then(([code]: unknown[]) => code);
  return { output, ended, stop: () => started.kill('SIGTERM') };
}

describe('npm run dev:google', () => {
  it('prints what it offers, works as printed, and stops when told to', async () => {
    const { output, ended, stop } = run('--port', '0');
    await expect.poll(() => output.printed, { timeout: 10_000 }).toContain('Ctrl-C');
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output.printed)?.[0] ?? '';
    const clientId = /client +(\S+)/.exec(output.printed)?.[1];
    const body = JSON.stringify({ clientId });
    const minted = await fetch(`${url}/__admin/code`, { method: 'POST', body });
    expect(await minted.json()).toEqual({ code: expect.stringMatching(/^4\//) });
    stop();
    expect(await ended).toBe(0);
    expect(output.printed).not.toContain('oidc-provider');
  });

  it('names a busy port in one sentence', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const address = squatter.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const { output, ended } = run('--port', port);
    expect(await ended).toBe(1);
    squatter.close();
    expect(output.printed.trim().split('\n')).toEqual([
      expect.stringContaining(`Port ${port} is taken`),
    ]);
  });

  it('says how it is called when it is called wrongly', async () => {
    const { output, ended } = run('--colour', 'red');
    expect(await ended).toBe(1);
    expect(output.printed).toContain('--redirect-uri');
  });
});
