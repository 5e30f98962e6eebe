import type { ExchangeResponse } from '../domain/exchange-record.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { ExchangeRequest } from './exchange-ledger.ts';

type Work = Promise<ExchangeResponse>;

/** Exchanges of this replica from claim to outcome. */
export class RunningExchanges {
  readonly #keyedHash: KeyedHash;
  readonly #works = new Map<string, Work>();

  constructor(keyedHash: KeyedHash) {
    this.#keyedHash = keyedHash;
  }

  /** The exchange that such a request would repeat. */
  find(wanted: ExchangeRequest): Work | undefined {
    return (
      this.#works.get(this.#keyOf(wanted, wanted.request)) ??
      this.#works.get(this.#keyOf(wanted, wanted.unexpecting))
    );
  }

  add(wanted: ExchangeRequest, work: Work): void {
    const key = this.#keyOf(wanted, wanted.request);
    this.#works.set(key, work);
    const leave = () => {
      // Where it gave the code up, a repeat may be at it by now.
      if (this.#works.get(key) === work) this.#works.delete(key);
    };
    work.then(leave, leave);
  }

  get size(): number {
    return this.#works.size;
  }

  /** Resolves when every one has come to its outcome. */
  async drained(): Promise<void> {
    while (this.#works.size > 0) await Promise.allSettled(this.#works.values());
  }

  #keyOf({ code }: ExchangeRequest, request: string): string {
    return this.#keyedHash.of('exchange-request', `${request}\n${code.reveal()}`);
  }
}
