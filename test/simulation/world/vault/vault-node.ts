import type { KvRecordState } from './kv-mount.ts';

/** One entry of the replicated log: what a path holds from then on. */
export interface LogEntry {
  readonly path: string;
  readonly record: KvRecordState | undefined;
}

/** One server of the cluster, with what it has applied of the common log. */
export class VaultNode {
  readonly address: string;
  readonly records = new Map<string, KvRecordState>();
  condition: 'up' | 'down' | 'paused' | 'sealed' = 'up';
  /** Until when it takes itself for active although another one is, world time. */
  deposedUntil = 0;
  /** When its own term of office began, as `sys/leader` says it. */
  activeTime = '';
  /** Rises with every end of its connections. */
  connections = 0;
  #waiting: (() => void)[] = [];
  #arriving = 0;
  #applied = 0;

  constructor(address: string) {
    this.address = address;
  }

  get applied(): number {
    return this.#applied;
  }

  /** Requests that have reached it and that it has not looked at. */
  get arriving(): number {
    return this.#waiting.length + this.#arriving;
  }

  /** Keeps a request that reaches it while it stands still. */
  wait(deliver: () => void): void {
    this.#waiting.push(deliver);
  }

  /** Gives out, each once, what reached it while it stood still. */
  takeWaiting(): readonly (() => void)[] {
    const taken = this.#waiting;
    this.#waiting = [];
    this.#arriving += taken.length;
    return taken.map((deliver) => () => {
      this.#arriving -= 1;
      deliver();
    });
  }

  /** All its connections end, and what came over them is lost. */
  disconnect(): void {
    this.connections += 1;
    this.#waiting = [];
  }

  /** Takes over the entries before `until`. */
  apply(log: readonly LogEntry[], until: number): void {
    for (; this.#applied < until; this.#applied += 1) {
      const entry = log[this.#applied];
      if (entry?.record === undefined) this.records.delete(entry?.path ?? '');
      else this.records.set(entry.path, entry.record);
    }
  }
}
