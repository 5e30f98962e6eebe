import { join } from 'node:path';
import type { World } from '../../bench/world.ts';
import { within } from '../../src/concurrency/within.ts';
import { freePorts } from '../../src/dev/openbao/free-port.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { type Balancer, startBalancer } from './balancer.ts';
import { Replica, type ReplicaEnd } from './replica.ts';

const CALLED_WITHIN_MS = 30_000;

/** Two replicas on one Vault, and a load balancer before them. */
export class Fleet {
  readonly world: World;
  readonly ports: readonly number[];
  readonly balancer: Balancer;
  readonly #replicas = new Map<number, Replica>();

  private constructor(world: World, ports: readonly number[], balancer: Balancer) {
    this.world = world;
    this.ports = ports;
    this.balancer = balancer;
  }

  static async start(world: World, started: AsyncDisposableStack): Promise<Fleet> {
    const ports = await freePorts(2);
    const fleet = new Fleet(world, ports, await startBalancer(ports, started));
    started.defer(() => {
      for (const replica of fleet.#replicas.values()) replica.kill();
    });
    await Promise.all(ports.map((port) => fleet.startReplica(port)));
    return fleet;
  }

  /** Resolves when it serves. */
  async startReplica(port: number): Promise<void> {
    const { configFile, directory } = this.world;
    const logFile = join(directory, `replica-${this.ports.indexOf(port) + 1}.log`);
    this.#replicas.set(port, await Replica.start({ configFile, port, logFile }));
  }

  /** Resolves when every replica is called: clients that found it away come back by and by. */
  async called(): Promise<void> {
    const calls = [...this.#replicas.values()].map((replica) => replica.called());
    const onTimeout = () => new Error('No client came back to a replica that serves again.');
    await within(systemClock, CALLED_WITHIN_MS, { work: Promise.all(calls), onTimeout });
  }

  async terminateReplica(port: number): Promise<ReplicaEnd> {
    const replica = this.#replicas.get(port);
    if (replica === undefined) throw new Error('No replica is on this port.');
    return replica.terminate();
  }
}
