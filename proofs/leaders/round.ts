import { setTimeout as wait } from 'node:timers/promises';
import { quantile } from '../../bench/statistics.ts';
import type { FaultWorld } from '../../test/faults/world/fault-world.ts';
import { until } from '../../test/support/until.ts';
import type { Columns } from '../columns.ts';
import type { LoadFigures } from '../sigterm/steady-load.ts';
import { getUser } from './attempts.ts';
import type { Load } from './load.ts';

/** The active node was killed under load. Times in milliseconds. */
export interface Round {
  readonly number: number;
  readonly killedAt: number;
  /** From the kill until another node said that it is active. */
  readonly leaderMs: number;
  /** From the kill until a call that needs Vault had gone well at every replica, or was given up. */
  readonly servesMs: number;
  readonly cached: LoadFigures;
}

const LOOK_EVERY_MS = 20;
const LEADER_WITHIN_MS = 60_000;
const SERVES_WITHIN_MS = 20_000;
const PROBE_MS = 5_000;

export interface RoundOptions {
  readonly number: number;
  /** Before the kill, and before the node comes back. */
  readonly settleMs: number;
}

/** Kills the active node, and starts it again when another one serves. */
export async function playRound(
  { number, settleMs }: RoundOptions,
  world: FaultWorld,
  load: Load,
): Promise<Round> {
  const { cluster, replicas } = world;
  await wait(settleMs);
  const node = await until('a node is active', () => cluster.active());
  const killedAt = performance.now();
  const since = () => performance.now() - killedAt;
  await node.kill();
  const look = { everyMs: LOOK_EVERY_MS, timeoutMs: LEADER_WITHIN_MS };
  const leaderCame = until('another node is active', () => cluster.active(), look).then(since);
  await Promise.all(replicas.map((_, turn) => servesAgain(world, turn)));
  const servesMs = since();
  const leaderMs = await leaderCame;
  await wait(settleMs);
  await node.start();
  await cluster.healthy();
  return { number, killedAt, leaderMs, servesMs, cached: load.cached.take() };
}

/** Resolves when the replica has read a record from Vault; where it does not, the calls tell. */
async function servesAgain(world: FaultWorld, turn: number): Promise<void> {
  const attempt = getUser({ world, user: 'reader-0', turn });
  // What it is refused meanwhile is not what is counted here.
  const went = () =>
    attempt(PROBE_MS).then(
      () => true,
      () => false,
    );
  const look = { everyMs: LOOK_EVERY_MS, timeoutMs: SERVES_WITHIN_MS };
  await until('the replica reads from Vault', went, look).catch(() => undefined);
}

export const ROUND_COLUMNS: Columns<Round> = [
  ['kill', ({ number }) => number],
  ['new leader ms', ({ leaderMs }) => leaderMs],
  ['all serve ms', ({ servesMs }) => servesMs],
  ['cached calls', ({ cached }) => cached.ended],
  ['failed', ({ cached }) => cached.failed],
  ['p99 ms', ({ cached }) => quantile(cached.latencies, 0.99)],
  ['slowest ms', ({ cached }) => quantile(cached.latencies, 1)],
];
