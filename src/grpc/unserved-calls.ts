import type { ServerHttp2Stream } from 'node:http2';
import { status } from '@grpc/grpc-js';
import type { Clock } from '../domain/clock.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { RpcName } from '../domain/rpc-name.ts';
import { streamOf } from './grpc-internals.ts';
import { answerStream, dropStream, takeStream, trailersOnly } from './refused-stream.ts';

/** Calls that no handler hears of end, and are counted, this long after they have to at most. */
const LOOK_MS = 1_000;

interface Unserved {
  readonly method: RpcName;
  /** On the monotonic clock. */
  readonly deadline: number;
}

/**
 * Ends the calls whose request has not come whole when their deadline passes, and counts all that no
 * handler hears of: grpc-js ends those itself whose request is none, and callers take theirs back. It
 * looks now and then, because a listener and a timer for each stream would cost every call.
 */
export class UnservedCalls {
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  readonly #waiting = new Map<ServerHttp2Stream, Unserved>();
  #looking = false;

  constructor({ metrics, clock }: { readonly metrics: Metrics; readonly clock: Clock }) {
    this.#metrics = metrics;
    this.#clock = clock;
  }

  /** A call begins; it counts when its stream has ended, unless it is served before. */
  watch(stream: ServerHttp2Stream, call: Unserved): void {
    this.#waiting.set(stream, call);
    if (!this.#looking) this.#lookLater();
  }

  /**
   * A handler has the call: it counts it, and ends it in time.
   * @returns its deadline, on the monotonic clock, where it has one from here
   */
  served(call: object): number | undefined {
    const stream = streamOf(call);
    if (stream === undefined) return undefined;
    const deadline = this.#waiting.get(stream)?.deadline;
    this.#waiting.delete(stream);
    return deadline;
  }

  #lookLater(): void {
    this.#looking = true;
    this.#clock.schedule(LOOK_MS, () => this.#look());
  }

  #look(): void {
    this.#looking = false;
    const now = this.#clock.monotonic();
    for (const [stream, { method, deadline }] of this.#waiting) {
      if (stream.destroyed) {
        this.#waiting.delete(stream);
        this.#count(stream, method);
      } else if (now >= deadline && !stream.headersSent) expire(stream);
    }
    if (this.#waiting.size > 0) this.#lookLater();
  }

  #count(stream: ServerHttp2Stream, method: RpcName): void {
    const code = status[codeOf(stream)] ?? 'UNKNOWN';
    this.#metrics.count('tokenvault_rpc_total', { method, code, reason: '' });
  }
}

/** Answers in the place of grpc-js. Whatever still comes of the request is dropped. */
function expire(stream: ServerHttp2Stream): void {
  takeStream(stream);
  dropStream(stream);
  answerStream(stream, trailersOnly(status.DEADLINE_EXCEEDED, 'Deadline exceeded'));
}

/** An answer to what its caller had taken back, or lost its connection for, went nowhere. */
function codeOf({ aborted, sentHeaders, sentTrailers }: ServerHttp2Stream): number {
  const sent = sentTrailers?.['grpc-status'] ?? sentHeaders?.['grpc-status'];
  return aborted || sent === undefined ? status.CANCELLED : Number(sent);
}
