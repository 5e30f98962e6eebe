import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { call } from '../../src/dev/openbao/sys-api.ts';
import { ClusterNode } from './cluster-node.ts';
import type { Server } from './openbao.ts';
import { steadyPorts } from './steady-ports.ts';
import { until } from './until.ts';

/** Three nodes with one raft log, which unseal themselves after every start. */
export interface Cluster {
  /** The first is the active one at the beginning. */
  readonly nodes: readonly ClusterNode[];
  readonly rootToken: string;
  /** Holds the folder of each node, with its log. */
  readonly folder: string;
  /** The node that is active, where there is one and it knows. */
  active(): Promise<ClusterNode | undefined>;
  /** Resolves when a node is active and all nodes follow it. */
  healthy(): Promise<void>;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** Default: a new one, which goes with the cluster. */
  readonly folder?: string;
}

const NAMES = ['first', 'second', 'third'];

export async function startCluster(binary: string, options: ClusterOptions = {}): Promise<Cluster> {
  const folder = options.folder ?? (await mkdtemp(path.join(tmpdir(), 'tokenvault-cluster-')));
  const nodes = await makeNodes(binary, folder);
  const [first] = nodes;
  if (first === undefined) throw new Error('no nodes');
  await Promise.all(nodes.map((node) => node.start()));
  const rootToken = await initialise(first);
  await promoteSoon({ address: first.address, rootToken });
  const active = () => activeOf(nodes);
  const healthy = async () => {
    await until('three nodes of one cluster', async () => {
      const states = await Promise.all(nodes.map(({ address }) => healthOf(address)));
      return [...states].sort().join() === '200,429,429' && (await active()) !== undefined;
    });
  };
  await healthy();
  await until('all three nodes vote', () => allVote({ address: first.address, rootToken }));
  return {
    nodes,
    rootToken,
    folder,
    active,
    healthy,
    async stop() {
      // Nobody needs its data any more, and to leave in good order takes a node seconds.
      await Promise.all(nodes.map((node) => node.kill()));
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function makeNodes(binary: string, folder: string): Promise<readonly ClusterNode[]> {
  const sealKeyFile = path.join(folder, 'seal.key');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(sealKeyFile, randomBytes(32), { mode: 0o600 });
  const ports = await steadyPorts(2 * NAMES.length);
  const places = NAMES.map((name, index) => {
    const [port = 0, clusterPort = 0] = ports.slice(2 * index);
    return { name, port, clusterPort, dataDir: path.join(folder, name) };
  });
  const addresses = places.map(({ port }) => `http://127.0.0.1:${port}`);
  return Promise.all(
    places.map(async ({ name, ...place }) => {
      await mkdir(path.join(place.dataDir, 'raft'), { recursive: true });
      return new ClusterNode({
        binary,
        ...place,
        cluster: { name, nodes: addresses, sealKeyFile },
      });
    }),
  );
}

const initReply = z.object({ root_token: z.string() });

/** @returns the root token */
async function initialise({ address }: ClusterNode): Promise<string> {
  // Shares of a recovery key: where a node unseals itself there is no unseal key.
  const body = { recovery_shares: 1, recovery_threshold: 1 };
  const reply = await until('the first node can be initialised', async () => {
    const { status, body: said } = await call(address, 'POST', 'sys/init', { body });
    return status === 200 ? initReply.parse(said) : undefined;
  });
  await until('the first node is active', async () => (await healthOf(address)) === 200);
  return reply.root_token;
}

/** `sys/health`: 200 active, 429 standby, 503 sealed, 0 no answer. */
async function healthOf(address: string): Promise<number> {
  return (await call(address, 'GET', 'sys/health')).status;
}

const leaderReply = z.object({ is_self: z.literal(true), active_time: z.string() });

/** Of two that say so, one was deposed and does not know yet. */
async function activeOf(nodes: readonly ClusterNode[]): Promise<ClusterNode | undefined> {
  const asked = await Promise.all(
    nodes
      .filter((node) => node.state === 'running')
      .map(async (node) => {
        const { body } = await call(node.address, 'GET', 'sys/leader');
        const { data } = leaderReply.safeParse(body);
        return data === undefined ? [] : [{ node, since: Date.parse(data.active_time) }];
      }),
  );
  return asked.flat().sort((a, b) => b.since - a.since)[0]?.node;
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
  return servers.filter(({ voter }) => voter).length === NAMES.length;
}

/** The cluster as one server: what is asked of the node that is active at the beginning. */
export function firstNode(cluster: Cluster): Server {
  const [first] = cluster.nodes;
  if (first === undefined) throw new Error('no nodes');
  return { address: first.address, rootToken: cluster.rootToken };
}
