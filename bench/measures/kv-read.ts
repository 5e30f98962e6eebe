import { readFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { Secret } from '../../src/domain/secret.ts';
import { PrometheusMetrics } from '../../src/observability/prometheus-metrics.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { ensureMount } from '../../src/vault/admin/mount-setup.ts';
import { unexpectedReply } from '../../src/vault/admin/refusal.ts';
import { createServiceToken } from '../../src/vault/admin/service-token.ts';
import { VaultClient } from '../../src/vault/vault-client.ts';
import type { World } from '../world.ts';
import type { Contender } from './contender.ts';

/** Linux counts CPU time for programs in hundredths of a second, whatever the kernel's own tick is. */
const US_PER_TICK = 10_000;
const CONNECTIONS = 16;
const MOUNT = 'bench-kv';
const POLICY = 'bench-reader';

/**
 * What a service would do without TokenVault: read an access token that somebody keeps fresh in a KV
 * v2 mount. Over plain HTTP/1.1 with kept connections, which is cheaper for OpenBao than TLS.
 */
export async function kvReadContender(
  { vault }: World,
  callsPerRound: number,
  started: AsyncDisposableStack,
): Promise<Contender> {
  const { openBao } = vault;
  const token = await prepare(openBao.address, new Secret(openBao.rootToken));
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  started.defer(() => agent.destroy());
  const url = `${openBao.address}/v1/${MOUNT}/data/token`;
  const headers = { 'X-Vault-Token': token.reveal() };
  return {
    callsPerRound,
    cpuUs: () => processCpuUs(openBao.process.pid),
    run: async (calls) => {
      let left = calls;
      const loop = async () => {
        while (left > 0) {
          left -= 1;
          await read(url, { agent, headers });
        }
      };
      const startedAt = performance.now();
      await Promise.all(Array.from({ length: CONNECTIONS }, loop));
      return (performance.now() - startedAt) / 1_000;
    },
  };
}

/** A mount with one secret in it, and a token that may read it. */
async function prepare(address: string, root: Secret): Promise<Secret> {
  const metrics = new PrometheusMetrics();
  const client = new VaultClient({
    address,
    token: () => root,
    timeoutMs: 10_000,
    metrics,
    clock: systemClock,
  });
  try {
    await ensureMount(client, MOUNT, systemClock);
    const data = { access_token: 'x'.repeat(220), expire_time: '2026-01-01T00:00:00Z' };
    await write(client, `${MOUNT}/data/token`, { data });
    const policy = `path "${MOUNT}/data/*" { capabilities = ["read"] }`;
    await write(client, `sys/policies/acl/${POLICY}`, { policy });
    return await createServiceToken(client, { policy: POLICY, periodMs: 3_600_000 });
  } finally {
    await client.close();
  }
}

async function write(client: VaultClient, path: string, body: object): Promise<void> {
  const reply = await client.write(path, body);
  if (reply.status !== 200 && reply.status !== 204) throw unexpectedReply(reply, `write ${path}`);
}

function read(url: string, options: { agent: Agent; headers: Record<string, string> }) {
  return new Promise<void>((resolve, reject) => {
    const request = get(url, options, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`OpenBao answered a read with ${response.statusCode}.`));
      });
    });
    request.on('error', reject);
  });
}

/** From `/proc`; user and system time are its fields 14 and 15, after the name in brackets. */
async function processCpuUs(pid: number | undefined): Promise<number | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * US_PER_TICK;
  } catch {
    // Only Linux has it; without it the figure is reported as not available.
    return undefined;
  }
}
