import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Clock } from '../domain/clock.ts';

/** Looks within the time after which a connection is idle: it ends by one of them later at most. */
const LOOKS = 5;

interface Use {
  /** Streams that began since the last look. */
  begun: number;
  /** Streams without a deadline that are open. */
  lasting: number;
}

/**
 * Asks connections to end on which no call has begun for `idleMs`, unless a stream without a deadline
 * is open. grpc-js can do that too; it renews a timer at every call, which costs as much as all our
 * checks together, and here a call only leaves a trace for the next look.
 */
export class IdleConnections {
  readonly #clock: Clock;
  readonly #lookMs: number;
  readonly #uses = new WeakMap<object, Use>();

  constructor(clock: Clock, idleMs: number) {
    this.#clock = clock;
    this.#lookMs = idleMs / LOOKS;
  }

  watch(session: ServerHttp2Session): void {
    const use = { begun: 0, lasting: 0 };
    this.#uses.set(session, use);
    let quiet = 0;
    const look = () => {
      quiet = use.begun === 0 && use.lasting === 0 ? quiet + 1 : 0;
      use.begun = 0;
      if (quiet === LOOKS) session.close();
      else cancel = this.#clock.schedule(this.#lookMs, look);
    };
    let cancel = this.#clock.schedule(this.#lookMs, look);
    session.once('close', () => cancel());
  }

  /** @param lasting whether it may stay open for any time */
  began(stream: ServerHttp2Stream, lasting: boolean): void {
    const use = stream.session && this.#uses.get(stream.session);
    if (use === undefined) return;
    use.begun += 1;
    if (!lasting) return;
    use.lasting += 1;
    stream.once('close', () => {
      use.lasting -= 1;
    });
  }
}
