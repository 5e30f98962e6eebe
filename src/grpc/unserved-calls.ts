import type { ServerHttp2Stream } from 'node:http2';
import { status } from '@grpc/grpc-js';
import type { Metrics } from '../domain/metrics.ts';
import { RPC_NAMES, type RpcName } from '../domain/rpc-name.ts';
import { streamOf } from './grpc-internals.ts';

const BY_PATH: ReadonlyMap<string, RpcName> = new Map(
  RPC_NAMES.map((name) => [`/tokenvault.v1.TokenVault/${name}`, name]),
);

/** Marks the streams whose calls a handler has: cheaper for each call than a set of them. */
const SERVED = Symbol('served');
type Marked = ServerHttp2Stream & { [SERVED]?: true };

/**
 * Counts the calls that no handler hears of: their request did not come whole, or is none, and
 * grpc-js ends them itself.
 */
export class UnservedCalls {
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** A call begins; it counts when its stream ends, unless it is served before. */
  watch(stream: Marked, path: string | undefined): void {
    const method = BY_PATH.get(path ?? '');
    if (method === undefined) return;
    stream.on('close', () => {
      if (stream[SERVED] !== true) this.#count(stream, method);
    });
  }

  /** A handler has the call, and counts it. */
  served(call: object): void {
    const stream: Marked | undefined = streamOf(call);
    if (stream !== undefined) stream[SERVED] = true;
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
