import type { Dice } from '../dice.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Tell } from '../story.ts';
import type { VaultCluster } from './cluster.ts';
import type { VaultNode } from './vault-node.ts';

export interface TroubleDeps {
  readonly cluster: VaultCluster;
  readonly scheduler: Scheduler;
  readonly dice: Dice;
  readonly tell: Tell;
}

const ELECTION_MS = [20, 200, 1_000, 3_000] as const;
const AWAY_MS = [50, 700, 2_700, 6_000] as const;
/** How long a deposed node takes itself for active: measured 13 ms, and some more. */
const DEPOSED_MS = 30;
const AGAIN_MS = 300;

/** What happens to Vault's nodes. All of it ends by itself, or with `heal`. */
export class VaultTroubles {
  readonly #deps: TroubleDeps;
  #healed = false;

  constructor(deps: TroubleDeps) {
    this.#deps = deps;
  }

  /** kill -9 of the active node; it comes back some time. */
  leaderDies(): void {
    const { cluster } = this.#deps;
    const node = cluster.leader;
    if (node === undefined) return;
    this.#tell(node, 'dies');
    node.disconnect();
    node.condition = 'down';
    cluster.elect(undefined);
    this.#comeBackLater(node);
    this.#electLater();
  }

  /** The active node stands still, for long enough that another one may be elected. */
  leaderPauses(): void {
    const { cluster, scheduler, dice } = this.#deps;
    const node = cluster.leader;
    if (node === undefined || node.condition !== 'up') return;
    const away = dice.pick(AWAY_MS);
    scheduler.after(away, () => this.goOn(node));
    this.pause(node);
  }

  /** Until `goOn`. */
  pause(node: VaultNode): void {
    this.#tell(node, 'stands still');
    node.condition = 'paused';
    if (this.#deps.cluster.nodes.length > 1) this.#electLater();
  }

  goOn(node: VaultNode): void {
    const { cluster, scheduler, dice } = this.#deps;
    if (node.condition !== 'paused') return;
    this.#tell(node, 'goes on');
    node.condition = 'up';
    if (cluster.leader !== node) node.deposedUntil = scheduler.now + dice.unit() * DEPOSED_MS;
    for (const deliver of node.takeWaiting()) {
      scheduler.after(dice.unit() * DEPOSED_MS, deliver);
    }
  }

  stepDown(electionMs: number = this.#deps.dice.pick(ELECTION_MS)): void {
    const { cluster } = this.#deps;
    if (cluster.leader === undefined) return;
    this.#tell(cluster.leader, 'steps down');
    cluster.elect(undefined);
    this.#electLater(electionMs);
  }

  /** An operator seals the active node, or all. */
  seal(): void {
    const { cluster, dice } = this.#deps;
    const sealed = dice.chance(0.5) ? cluster.nodes : [cluster.leader];
    for (const node of sealed) {
      if (node?.condition !== 'up') continue;
      this.#tell(node, 'is sealed');
      node.condition = 'sealed';
      if (cluster.leader === node) cluster.elect(undefined);
      this.#comeBackLater(node);
    }
    this.#electLater();
  }

  /** Every node is up, and one is active. */
  heal(): void {
    this.#healed = true;
    const { cluster } = this.#deps;
    for (const node of cluster.nodes) {
      if (node.condition === 'paused') this.goOn(node);
      node.condition = 'up';
      node.deposedUntil = 0;
    }
    if (cluster.leader === undefined) this.#elect();
  }

  #comeBackLater(node: VaultNode): void {
    const { cluster, scheduler, dice } = this.#deps;
    scheduler.after(dice.pick(AWAY_MS), () => {
      if (this.#healed || node.condition === 'up') return;
      this.#tell(node, 'comes back');
      node.condition = 'up';
      if (cluster.leader === undefined) this.#electLater();
    });
  }

  #electLater(ms: number = this.#deps.dice.pick(ELECTION_MS)): void {
    this.#deps.scheduler.after(ms, () => this.#elect());
  }

  /** Needs more than half of the nodes, and one that is not active already. */
  #elect(): void {
    const { cluster, dice, scheduler } = this.#deps;
    if (cluster.leader?.condition === 'up') return;
    const up = cluster.nodes.filter(({ condition }) => condition === 'up');
    const node = dice.any(up);
    if (node === undefined || up.length * 2 <= cluster.nodes.length) {
      scheduler.after(AGAIN_MS, () => this.#elect());
      return;
    }
    this.#tell(node, 'is the active node');
    cluster.elect(node);
  }

  #tell(node: VaultNode, what: string): void {
    this.#deps.tell?.(node.address, what);
  }
}
