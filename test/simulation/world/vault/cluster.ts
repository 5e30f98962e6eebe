import type { VaultReply } from '../../../../src/vault/vault-client.ts';
import type { VaultRequest } from '../../../../src/vault/vault-transport.ts';
import type { Dice } from '../dice.ts';
import { type KvRecordState, type KvSettings, refusal } from './kv-mount.ts';
import { type Route, readRoute, readWith, writeWith } from './requests.ts';
import { type LogEntry, VaultNode } from './vault-node.ts';

export interface ClusterOptions {
  readonly addresses: readonly string[];
  /** Mounts by name. */
  readonly mounts: ReadonlyMap<string, KvSettings>;
}

export interface ClusterDeps {
  readonly dice: Dice;
  /** World time, milliseconds. */
  readonly time: () => number;
  /** Vault's wall clock, milliseconds since the epoch. */
  readonly wall: () => number;
}

const SEALED = refusal('Vault is sealed', 503);
const NO_LEADER = refusal('local node not active but active cluster node not found', 500);
const LOST_OFFICE = refusal('leadership lost while committing log', 500);

/**
 * OpenBao's nodes with one raft log. Standbys answer reads with what they have applied, and refuse
 * writes by it, or hand them on; who was
 * deposed while it stood still answers for a moment as if it were active. Everything that is
 * committed stays.
 */
export class VaultCluster {
  readonly nodes: readonly VaultNode[];
  leader: VaultNode | undefined;
  /** Called when a deposed node answers as if it were active. */
  onDeposedAnswer: () => void = () => undefined;
  /** Called with every committed change of a record. */
  onCommit: (entry: LogEntry) => void = () => undefined;
  readonly #mounts: ReadonlyMap<string, KvSettings>;
  readonly #deps: ClusterDeps;
  readonly #log: LogEntry[] = [];
  #terms = 0;

  constructor(options: ClusterOptions, deps: ClusterDeps) {
    this.#mounts = options.mounts;
    this.#deps = deps;
    this.nodes = options.addresses.map((address) => new VaultNode(address));
    this.elect(this.nodes[0]);
  }

  nodeAt(address: string): VaultNode | undefined {
    return this.nodes.find((node) => node.address === address);
  }

  /** Makes `node` the active one: it has applied everything before it answers anybody. */
  elect(node: VaultNode | undefined): void {
    this.leader = node;
    if (node === undefined) return;
    this.#terms += 1;
    node.apply(this.#log, this.#log.length);
    node.deposedUntil = 0;
    node.activeTime = new Date(this.#deps.wall() + this.#terms).toISOString();
  }

  /** The newest committed state of every record. */
  records(): ReadonlyMap<string, KvRecordState> {
    const [any] = this.nodes;
    const node = this.leader ?? any;
    if (node === undefined) throw new Error('no nodes');
    if (this.leader !== undefined) return node.records;
    const whole = new VaultNode('');
    whole.apply(this.#log, this.#log.length);
    return whole.records;
  }

  /** Writes without a request, before the world begins. */
  put(path: string, data: unknown): void {
    const record = this.records().get(path);
    const { next } = writeWith(
      record,
      { data, cas: undefined },
      {
        now: this.#deps.wall(),
        settings: { casRequired: false, maxVersions: 10 },
      },
    );
    if (next !== undefined) this.#commit({ path, record: next.record });
  }

  /** What `node` answers; `forward` where it hands the request on to the active one. */
  answer(node: VaultNode, request: VaultRequest): VaultReply | 'forward' {
    if (node.condition === 'sealed') return SEALED;
    const route = readRoute(request, this.#mounts);
    const reply = this.#answer(node, route);
    return reply === 'forward' ? reply : { ...reply, date: this.#deps.wall() };
  }

  #answer(node: VaultNode, route: Route): VaultReply | 'forward' {
    if (route.kind === 'leader') return this.#leaderReply(node);
    if (route.kind === 'plain') return route.reply;
    const isLeader = node === this.leader;
    const deposed = this.#takesItselfForActive(node) && !isLeader;
    if (route.kind === 'read') {
      if (deposed) this.onDeposedAnswer();
      else this.#catchUp(node);
      return readWith(node.records, route);
    }
    if (!deposed) this.#catchUp(node);
    const { settings, path } = route;
    const { reply, next } = route.change(node.records.get(path), {
      now: this.#deps.wall(),
      settings,
    });
    // What its own records refuse, old as they may be, a standby refuses by itself.
    if (next === undefined) return reply;
    if (deposed) return LOST_OFFICE;
    if (!isLeader) return this.leader === undefined ? NO_LEADER : 'forward';
    this.#commit({ path, record: next.record });
    return reply;
  }

  #leaderReply(node: VaultNode): VaultReply {
    const isSelf = this.#takesItselfForActive(node);
    const body = {
      ha_enabled: true,
      is_self: isSelf,
      active_time: isSelf ? node.activeTime : '0001-01-01T00:00:00Z',
      leader_address: isSelf ? node.address : (this.leader?.address ?? ''),
    };
    return { status: 200, body };
  }

  #takesItselfForActive(node: VaultNode): boolean {
    return node === this.leader || node.deposedUntil > this.#deps.time();
  }

  /** The active node knows all; a standby any part of what it has not applied yet. */
  #catchUp(node: VaultNode): void {
    const missing = this.#log.length - node.applied;
    const taken = node === this.leader ? missing : this.#deps.dice.below(missing + 1);
    node.apply(this.#log, node.applied + taken);
  }

  #commit(entry: LogEntry): void {
    this.#log.push(entry);
    this.leader?.apply(this.#log, this.#log.length);
    this.onCommit(entry);
  }
}
