import { type sendUnaryData, status } from '@grpc/grpc-js';
import type { Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { RpcName } from '../domain/rpc-name.ts';
import { unexpectedErrorFields } from '../domain/unexpected-error.ts';
import type { CallsInFlight } from './calls-in-flight.ts';
import { statusOf } from './status.ts';

export interface OpenCallDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly calls: CallsInFlight;
}

export interface OpenCallOptions {
  readonly rpc: RpcName;
  readonly requestId: string;
  readonly send: sendUnaryData<Buffer>;
}

/** A call that waits for its one answer. The first is sent, counted and logged; later ones are not. */
export class OpenCall {
  /** The caller's SPIFFE ID for the log, once it is known. */
  callerId: string | undefined;
  readonly #options: OpenCallOptions;
  readonly #deps: OpenCallDeps;
  readonly #startedAt: number;
  #open = true;

  constructor(options: OpenCallOptions, deps: OpenCallDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#startedAt = deps.clock.monotonic();
    deps.calls.begin();
  }

  succeed(reply: Buffer): void {
    if (!this.#close({ code: status.OK })) return;
    this.#options.send(null, reply);
  }

  /** Anything but a Failure is a defect: the caller learns nothing of it but the request id. */
  fail(error: unknown): void {
    const failure = error instanceof Failure ? error : this.#unexpected(error);
    const answer = statusOf(failure, this.#options.requestId);
    if (!this.#close({ code: answer.code, reason: failure.reason, detail: failure.detail })) return;
    this.#options.send(answer);
  }

  /** As the gRPC library ends calls whose own deadline passes. */
  expire(): void {
    const code = status.DEADLINE_EXCEEDED;
    if (!this.#close({ code })) return;
    this.#options.send({ code, details: 'The deadline passed.' });
  }

  #unexpected(error: unknown): Failure {
    const { rpc, requestId } = this.#options;
    const fields = { method: rpc, requestId, ...unexpectedErrorFields(error) };
    this.#deps.logger.error('unexpected_error', fields);
    return new Failure('INTERNAL');
  }

  #close(end: { code: status; reason?: string; detail?: string }): boolean {
    if (!this.#open) return false;
    this.#open = false;
    const { clock, logger, metrics, calls } = this.#deps;
    const { rpc: method, requestId } = this.#options;
    const code = status[end.code];
    const elapsedMs = clock.monotonic() - this.#startedAt;
    metrics.count('tokenvault_rpc_total', { method, code, reason: end.reason ?? '' });
    metrics.observe('tokenvault_rpc_seconds', elapsedMs / 1_000, { method });
    logger.info('rpc', {
      method,
      code,
      reason: end.reason,
      detail: end.detail,
      caller: this.callerId,
      requestId,
      durationMs: Math.round(elapsedMs * 100) / 100,
    });
    calls.end();
    return true;
  }
}
