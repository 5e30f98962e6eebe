import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../src/dev/certificates.ts';
import { httpsRequest } from '../support/https-request.ts';

const LAUNCHER = resolve(import.meta.dirname, '../../bin/tokenvault.js');

let directory: string;
let child: ChildProcessWithoutNullStreams;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tokenvault-output-'));
});
afterEach(async () => {
  child.kill('SIGKILL');
  await rm(directory, { recursive: true });
});

/** Starts a gateway whose TokenVault nobody calls; resolves with its port when it listens. */
async function startGateway(files: Readonly<Record<string, string>>): Promise<number> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  const settings = {
    'gateway.address': 'localhost:0',
    'gateway.tls.cert_file': 'cert.pem',
    'gateway.tls.key_file': 'key.pem',
    'gateway.token_vault_address': 'localhost:1',
    'gateway.token_vault_tls.ca_file': 'ca.pem',
    'gateway.token_vault_tls.cert_file': 'cert.pem',
    'gateway.token_vault_tls.key_file': 'key.pem',
  };
  const flags = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  child = spawn(process.execPath, [LAUNCHER, 'gateway', ...flags], { cwd: directory, env: {} });
  for await (const line of createInterface(child.stdout)) {
    const [, port] = /"event":"gateway_listening".*"port":(\d+)/.exec(line) ?? [];
    if (port !== undefined) return Number(port);
  }
  throw new Error('the gateway did not start');
}

describe('a server whose output nobody reads any more', () => {
  it('goes on serving, and stops as it should', async () => {
    const authority = await createCertificateAuthority('output test');
    const both = { serverAuth: true, clientAuth: true };
    const { cert, key } = await authority.issue({ dns: ['localhost'], ...both });
    const caPem = authority.cert;
    const port = await startGateway({ 'ca.pem': caPem, 'cert.pem': cert, 'key.pem': key });
    child.stdout.destroy();
    child.stderr.destroy();

    // Each request writes a line of log.
    for (let request = 1; request <= 3; request += 1) {
      expect(await httpsRequest({ port, caPem }, { path: '/healthz' })).toMatchObject({
        status: 200,
      });
    }

    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
