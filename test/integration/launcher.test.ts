import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const LAUNCHER = resolve(import.meta.dirname, '../../bin/tokenvault.js');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the launcher as a shell would, with nothing of this process's environment. */
function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [LAUNCHER, ...args], { env });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', fail);
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}

describe('bin/tokenvault.js', () => {
  it('prints help and ends with 0', async () => {
    const { code, stdout } = await run(['--help']);

    expect(stdout).toContain('Usage: tokenvault');
    expect(code).toBe(0);
  });

  it('passes on the exit code, and errors on stderr alone', async () => {
    const { code, stdout, stderr } = await run(['init'], { HOME: '/nonexistent' });

    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toBe('Say where Vault is: `--vault-addr https://…:8200`, or set VAULT_ADDR.\n');
  });

  it.each(['serve', 'gateway'])(
    '%s does not start where secrets would be shown',
    async (command) => {
      const env = { NODE_OPTIONS: '--inspect=127.0.0.1:0', SSLKEYLOGFILE: '/nonexistent/keys' };
      const { code, stderr } = await run([command], env);

      expect(code).toBe(2);
      expect(stderr).toContain('--inspect is in NODE_OPTIONS, which lets a debugger read');
      expect(stderr).toContain('SSLKEYLOGFILE is set, which');
      expect(stderr).not.toContain('/nonexistent');
    },
  );
});
