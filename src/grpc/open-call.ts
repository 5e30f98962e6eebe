import { type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import type { CallContext, Caller } from '../domain/caller.ts';
import { NO_RIGHTS } from '../domain/caller-rights.ts';
import type { Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { Random } from '../domain/random.ts';
import { requestIdFrom } from '../domain/request-id.ts';
import type { CallRecords } from './call-records.ts';
import type { CallsInFlight } from './calls-in-flight.ts';
import { statusOf } from './status.ts';
import type { DeadlineLimits } from './transport-limits.ts';

export interface OpenCallDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly calls: CallsInFlight;
  readonly records: CallRecords;
  readonly limits: DeadlineLimits;
}

type Received = Pick<ServerUnaryCall<Buffer, Buffer>, 'metadata' | 'getDeadline'>;

const NOBODY: Caller = { id: '', proof: 'spiffe' };

/**
 * A call that waits for its one answer: the first is sent, counted and logged; later ones are not.
 * What most calls never need of it is worked out when it is asked for.
 */
export class OpenCall implements CallContext {
  /** Nobody until it is known. */
  caller: Caller = NOBODY;
  /** None until the call was let in. */
  rights = NO_RIGHTS;
  readonly #call: Received;
  readonly #send: sendUnaryData<Buffer>;
  readonly #deps: OpenCallDeps;
  readonly #startedAt: number;
  #open = true;
  #requestId: string | undefined;
  #deadline: number | undefined;

  constructor(call: Received, send: sendUnaryData<Buffer>, deps: OpenCallDeps) {
    this.#call = call;
    this.#send = send;
    this.#deps = deps;
    this.#startedAt = deps.clock.monotonic();
    deps.calls.begin();
  }

  get requestId(): string {
    const [sent] = this.#requestId === undefined ? this.#call.metadata.get('x-request-id') : [];
    this.#requestId ??= requestIdFrom(sent, this.#deps.random);
    return this.#requestId;
  }

  get deadline(): number {
    this.#deadline ??= this.#deps.clock.monotonic() + this.#msLeft();
    return this.#deadline;
  }

  succeed(reply: Buffer): void {
    if (this.#close(status.OK)) this.#send(null, reply);
  }

  /** Succeeds with what `reply` resolves to, fails as it does, or ends when the deadline passes. */
  async succeedWith<Reply>(reply: Promise<Reply>, encode: (reply: Reply) => Buffer): Promise<void> {
    const { clock } = this.#deps;
    const cancel = clock.schedule(this.deadline - clock.monotonic(), () => this.#expire());
    try {
      this.succeed(encode(await reply));
    } catch (error) {
      this.fail(error);
    } finally {
      cancel();
    }
  }

  /** Anything but a Failure is a defect: the caller learns nothing of it but the request id. */
  fail(error: unknown): void {
    const failure = error instanceof Failure ? error : this.#unexpected(error);
    const answer = statusOf(failure, this.requestId);
    if (this.#close(answer.code, failure)) this.#send(answer);
  }

  /** As the gRPC library ends calls whose own deadline passes. */
  #expire(): void {
    const code = status.DEADLINE_EXCEEDED;
    if (this.#close(code)) this.#send({ code, details: 'The deadline passed.' });
  }

  #unexpected(error: unknown): Failure {
    this.#deps.records.unexpected(this, error);
    return new Failure('INTERNAL');
  }

  #close(code: status, failure?: Failure): boolean {
    if (!this.#open) return false;
    this.#open = false;
    const { clock, calls, records } = this.#deps;
    records.ended(this, { code, failure, elapsedMs: clock.monotonic() - this.#startedAt });
    calls.end();
    return true;
  }

  /**
   * The stream guard has given the call a deadline already; this holds where that one is missing, or
   * the wall clock has jumped meanwhile.
   */
  #msLeft(): number {
    const left = Number(this.#call.getDeadline()) - this.#deps.clock.now();
    if (left === Infinity) return this.#deps.limits.defaultDeadlineMs;
    return Math.min(Math.max(left, 0), this.#deps.limits.maxDeadlineMs);
  }
}
