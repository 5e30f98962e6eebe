import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';
import { z } from 'zod';
import { freePorts } from '../../src/dev/openbao/free-port.ts';
import { readKeys } from '../../src/dev/openbao/keys.ts';
import { launch, type Running } from '../../src/dev/openbao/process.ts';
import { startOpenBao } from '../../src/dev/openbao/server.ts';
import { call } from '../../src/dev/openbao/sys-api.ts';
import type { Server } from './openbao.ts';

export interface ClusterNode {
  readonly address: string;
  readonly process: Running['process'];
  stop(): Promise<void>;
}

/** Three nodes with one raft log. */
export interface Cluster {
  /** The first is the active one at the beginning. */
  readonly nodes: readonly ClusterNode[];
  readonly rootToken: string;
  stop(): Promise<void>;
}

const NODES = 3;
const JOIN_TIMEOUT_MS = 20_000;

export async function startCluster(binary: string): Promise<Cluster> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tokenvault-cluster-'));
  const dataDir = path.join(folder, 'first');
  const first = await startOpenBao({ binary, dataDir });
  const { unsealKey } = await readKeys(dataDir);
  const nodes: ClusterNode[] = [first];
  await promoteSoon(first);
  for (const name of ['second', 'third']) {
    const [port, clusterPort] = await freePorts(2);
    const own = path.join(folder, name);
    await mkdir(path.join(own, 'raft'), { recursive: true });
    const node = await launch({ binary, dataDir: own, port, clusterPort, join: first.address });
    nodes.push(node);
    await joined(node, unsealKey).catch(async (error: unknown) => {
      throw new Error(`${error}\n${await readFile(path.join(own, 'openbao.log'), 'utf8')}`);
    });
  }
  await vi.waitUntil(() => allVote(first), { timeout: JOIN_TIMEOUT_MS, interval: 100 });
  return {
    nodes,
    rootToken: first.rootToken,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A node that has found its cluster is unsealed with the cluster's key, and then follows its leader. */
async function joined(node: ClusterNode, key: string): Promise<void> {
  const follows = async () => {
    await call(node.address, 'POST', 'sys/unseal', { body: { key } });
    const { status, body } = await call(node.address, 'GET', 'sys/leader');
    return status === 200 && Object(body).leader_address !== '';
  };
  await vi.waitUntil(follows, { timeout: JOIN_TIMEOUT_MS, interval: 100 });
}

/** A node that joined may vote once it was stable for some time: by default ten seconds. */
async function promoteSoon({ address, rootToken: token }: Server): Promise<void> {
  const body = { server_stabilization_time: '500ms' };
  await call(address, 'POST', 'sys/storage/raft/autopilot/configuration', { token, body });
}

const configuration = z.object({
  data: z.object({ config: z.object({ servers: z.array(z.object({ voter: z.boolean() })) }) }),
});

async function allVote({ address, rootToken: token }: Server): Promise<boolean> {
  const { body } = await call(address, 'GET', 'sys/storage/raft/configuration', { token });
  const servers = configuration.safeParse(body).data?.data.config.servers ?? [];
  return servers.filter(({ voter }) => voter).length === NODES;
}

/** The cluster as one server: what is asked of the node that is active at the beginning. */
export function firstNode(cluster: Cluster): Server {
  const [first] = cluster.nodes;
  if (first === undefined) throw new Error('no nodes');
  return { address: first.address, rootToken: cluster.rootToken };
}
