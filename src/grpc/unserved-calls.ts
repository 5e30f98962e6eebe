import type { ServerHttp2Stream } from 'node:http2';
import { status } from '@grpc/grpc-js';
import type { Clock } from '../domain/clock.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { RpcName } from '../domain/rpc-name.ts';
import { streamOf } from './grpc-internals.ts';
import { rpcAt } from './rpc-paths.ts';

/** Calls that ended unserved are counted this long after their end at most. */
const LOOK_MS = 1_000;

/**
 * Counts the calls that no handler hears of: their request did not come whole, or is none, and
 * grpc-js ends them itself. It looks now and then, because a listener on each stream would cost
 * every call.
 */
export class UnservedCalls {
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  readonly #waiting = new Map<ServerHttp2Stream, RpcName>();
  #looking = false;

  constructor({ metrics, clock }: { readonly metrics: Metrics; readonly clock: Clock }) {
    this.#metrics = metrics;
    this.#clock = clock;
  }

  /** A call begins; it counts when its stream has ended, unless it is served before. */
  watch(stream: ServerHttp2Stream, path: string | undefined): void {
    const method = rpcAt(path);
    if (method === undefined) return;
    this.#waiting.set(stream, method);
    if (!this.#looking) this.#lookLater();
  }

  /** A handler has the call, and counts it. */
  served(call: object): void {
    const stream = streamOf(call);
    if (stream !== undefined) this.#waiting.delete(stream);
  }

  #lookLater(): void {
    this.#looking = true;
    this.#clock.schedule(LOOK_MS, () => this.#look());
  }

  #look(): void {
    this.#looking = false;
    for (const [stream, method] of this.#waiting) {
      if (!stream.destroyed) continue;
      this.#waiting.delete(stream);
      this.#count(stream, method);
    }
    if (this.#waiting.size > 0) this.#lookLater();
  }

  #count(stream: ServerHttp2Stream, method: RpcName): void {
    const code = status[codeOf(stream)] ?? 'UNKNOWN';
    this.#metrics.count('tokenvault_rpc_total', { method, code, reason: '' });
  }
}

/** An answer to what its caller had taken back, or lost its connection for, went nowhere. */
function codeOf({ aborted, sentHeaders, sentTrailers }: ServerHttp2Stream): number {
  const sent = sentTrailers?.['grpc-status'] ?? sentHeaders?.['grpc-status'];
  return aborted || sent === undefined ? status.CANCELLED : Number(sent);
}
