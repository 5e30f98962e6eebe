import { status } from '@grpc/grpc-js';
import type { CallContext } from '../domain/caller.ts';
import type { Failure } from '../domain/failure.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { RpcName } from '../domain/rpc-name.ts';
import { unexpectedErrorFields } from '../domain/unexpected-error.ts';

export interface CallRecordsDeps {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface RecordedRpc {
  readonly name: RpcName;
  /** Its calls that end well are told at level debug alone. */
  readonly quiet?: boolean;
  /** Its answers leave also without the line that the audit demands. */
  readonly servedUnaudited?: boolean;
}

/** How a call ended; `failure` where there is more to say than its status. */
export interface CallEnd {
  readonly code: status;
  readonly failure?: Failure;
  readonly elapsedMs: number;
}

type Who = Pick<CallContext, 'caller' | 'requestId'> & { readonly traceId?: string | undefined };

/** Counts the calls of one RPC, and logs them. */
export class CallRecords {
  readonly rpc: RecordedRpc;
  readonly #deps: CallRecordsDeps;
  readonly #countOk: () => void;
  readonly #observeSeconds: (seconds: number) => void;

  constructor(rpc: RecordedRpc, deps: CallRecordsDeps) {
    const method = rpc.name;
    this.rpc = rpc;
    this.#deps = deps;
    this.#countOk = deps.metrics.counter('tokenvault_rpc_total', {
      method,
      code: status[status.OK],
      reason: '',
    });
    this.#observeSeconds = deps.metrics.observer('tokenvault_rpc_seconds', { method });
  }

  ended(who: Who, end: CallEnd): void {
    this.#count(end);
    const { logger } = this.#deps;
    if (end.code !== status.OK || this.rpc.quiet !== true) {
      logger.info('rpc', this.#line(who, end));
    } else if (logger.writesDebug) {
      logger.debug('rpc', this.#line(who, end));
    }
  }

  /** An error that no part should throw. */
  unexpected({ requestId, traceId }: Who, error: unknown): void {
    const fields = { method: this.rpc.name, requestId, traceId, ...unexpectedErrorFields(error) };
    this.#deps.logger.error('unexpected_error', fields);
  }

  #count({ code, failure, elapsedMs }: CallEnd): void {
    this.#observeSeconds(elapsedMs / 1_000);
    if (code === status.OK) {
      this.#countOk();
      return;
    }
    const labels = { method: this.rpc.name, code: status[code], reason: failure?.reason ?? '' };
    this.#deps.metrics.count('tokenvault_rpc_total', labels);
  }

  #line({ caller, requestId, traceId }: Who, { code, failure, elapsedMs }: CallEnd) {
    return {
      method: this.rpc.name,
      code: status[code],
      reason: failure?.reason,
      detail: failure?.detail,
      caller: caller.id === '' ? undefined : caller.id,
      proof: caller.id === '' ? undefined : caller.proof,
      requestId,
      traceId,
      durationMs: Math.round(elapsedMs * 100) / 100,
    };
  }
}
