import { Failure } from '../../../src/domain/failure.ts';

/** Every call that a store port offers. */
export type StoreOp =
  | 'users.read'
  | 'users.list'
  | 'users.readListed'
  | 'users.write'
  | 'users.destroyOlderVersions'
  | 'links.read'
  | 'links.write'
  | 'exchanges.read'
  | 'exchanges.write'
  | 'exchanges.remove'
  | 'exchanges.removeOlder'
  | 'revocations.leaderTerm'
  | 'revocations.readLog'
  | 'revocations.writeLog'
  | 'revocations.addMarker'
  | 'revocations.removeMarker'
  | 'revocations.listMarkers'
  | 'clients.read';

const READS: ReadonlySet<StoreOp> = new Set([
  'users.read',
  'users.list',
  'users.readListed',
  'links.read',
  'exchanges.read',
  'revocations.leaderTerm',
  'revocations.readLog',
  'revocations.listMarkers',
  'clients.read',
]);

/** `before`: the call has no effect; `after`: it has, and only its reply is lost. */
export type Moment = 'before' | 'after';

export interface Hold {
  /** Calls that wait here. */
  readonly waiting: number;
  /** Later calls pass; those that wait already go on waiting. */
  holdNoMore(): void;
  /** Lets them go on, and later calls pass. */
  release(): void;
}

/** What befalls the calls to the fake stores, and what was called. */
export class StoreScript {
  /** While true, every call fails without effect. */
  down = false;
  /** Awaited around every effect: where a simulator puts other work in between. */
  interleave: (op: StoreOp, moment: Moment) => Promise<void> = () => Promise.resolve();
  readonly #calls: StoreOp[] = [];
  readonly #faults: { op: StoreOp; moment: Moment; failure: Failure; left: number }[] = [];
  readonly #holds: { op: StoreOp; moment: Moment; gate: Gate }[] = [];

  /** Makes the next `times` calls of `op` fail, by default with STORE_UNAVAILABLE. */
  failNext(op: StoreOp, moment: Moment, times = 1, failure = new Failure('STORE_UNAVAILABLE')) {
    this.#faults.push({ op, moment, failure, left: times });
  }

  /** Blocks calls of `op`, before or after their effect, until they are released. */
  hold(op: StoreOp, moment: Moment = 'before'): Hold {
    const entry = { op, moment, gate: new Gate() };
    this.#holds.push(entry);
    const holdNoMore = () => {
      const index = this.#holds.indexOf(entry);
      if (index >= 0) this.#holds.splice(index, 1);
    };
    return {
      get waiting() {
        return entry.gate.waiting;
      },
      holdNoMore,
      release: () => {
        holdNoMore();
        entry.gate.open();
      },
    };
  }

  /** Calls of `op` so far, also those that failed. */
  count(op: StoreOp): number {
    return this.#calls.filter((called) => called === op).length;
  }

  get calls(): readonly StoreOp[] {
    return [...this.#calls];
  }

  get reads(): number {
    return this.#calls.filter((op) => READS.has(op)).length;
  }

  get writes(): number {
    return this.#calls.length - this.reads;
  }

  clearCalls(): void {
    this.#calls.length = 0;
  }

  /** Runs the effect of one call, as the script has it. For the fake stores. */
  async run<T>(op: StoreOp, effect: () => T): Promise<T> {
    this.#calls.push(op);
    await this.#pass(op, 'before');
    if (this.down) throw new Failure('STORE_UNAVAILABLE');
    const result = effect();
    await this.#pass(op, 'after');
    return result;
  }

  async #pass(op: StoreOp, moment: Moment): Promise<void> {
    await this.interleave(op, moment);
    await this.#holds.find((hold) => hold.op === op && hold.moment === moment)?.gate.wait();
    const fault = this.#faults.find(
      (entry) => entry.op === op && entry.moment === moment && entry.left > 0,
    );
    if (fault === undefined) return;
    fault.left -= 1;
    throw fault.failure;
  }
}

class Gate {
  readonly #opened = Promise.withResolvers<void>();
  waiting = 0;

  async wait(): Promise<void> {
    this.waiting += 1;
    await this.#opened.promise;
    this.waiting -= 1;
  }

  open(): void {
    this.#opened.resolve();
  }
}
