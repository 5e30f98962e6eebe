import { type Clock, sleep } from '../domain/clock.ts';
import { awake } from './awake.ts';
import { TokenVaultError } from './token-vault-error.ts';

/** Where a refusal does not say how long it holds, and at least. */
const WAIT_MS = 1_000;
const SHORTEST_WAIT_MS = 50;

/**
 * The rate of this caller, for calls that share it. While it is used up all of them wait: one tries
 * when the time has come, and the others go on once it was let in.
 */
export class SharedRate {
  readonly #clock: Clock;
  readonly #stopped: AbortSignal;
  #scout: Promise<void> | undefined;

  constructor(clock: Clock, stopped: AbortSignal) {
    this.#clock = clock;
    this.#stopped = stopped;
  }

  /** What `send` comes to, once the rate allows it. Rejects with CANCELLED when nobody waits any more. */
  async within<T>(send: () => Promise<T>): Promise<T> {
    for (;;) {
      while (this.#scout !== undefined) await this.#scout;
      this.#goOn();
      const refused = await unlessRefused(send);
      if ('answer' in refused) return refused.answer;
      if (this.#scout === undefined) return this.#lead(send, refused.waitMs);
    }
  }

  #lead<T>(send: () => Promise<T>, waitMs: number): Promise<T> {
    const leading = this.#sendLater(send, waitMs);
    const done = () => {
      this.#scout = undefined;
    };
    this.#scout = leading.then(done, done);
    return leading;
  }

  async #sendLater<T>(send: () => Promise<T>, firstWaitMs: number): Promise<T> {
    for (let waitMs = firstWaitMs; ; ) {
      await awake(sleep(this.#clock, waitMs, this.#stopped));
      this.#goOn();
      const refused = await unlessRefused(send);
      if ('answer' in refused) return refused.answer;
      waitMs = refused.waitMs;
    }
  }

  #goOn(): void {
    if (this.#stopped.aborted) throw new TokenVaultError({ code: 'CANCELLED', sent: false });
  }
}

type Tried<T> = { readonly answer: T } | { readonly waitMs: number };

async function unlessRefused<T>(send: () => Promise<T>): Promise<Tried<T>> {
  try {
    return { answer: await send() };
  } catch (error) {
    if (!(error instanceof TokenVaultError) || error.reason !== 'CALLER_RATE_LIMITED') throw error;
    return { waitMs: Math.max(error.retryAfterMs ?? WAIT_MS, SHORTEST_WAIT_MS) };
  }
}
