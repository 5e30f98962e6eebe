import { type Metadata, type sendUnaryData, status } from '@grpc/grpc-js';
import type { AuditLog, Decision } from '../domain/audit.ts';
import type { CallContext, Caller } from '../domain/caller.ts';
import { NO_RIGHTS } from '../domain/caller-rights.ts';
import type { Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { Random } from '../domain/random.ts';
import { requestIdFrom } from '../domain/request-id.ts';
import type { CallSpan } from '../domain/traces.ts';
import type { AuditedLine } from './call-lines.ts';
import type { CallEnd, CallRecords } from './call-records.ts';
import { endSpan } from './call-spans.ts';
import type { CallsInFlight } from './calls-in-flight.ts';
import { STATUS_OF, statusOf } from './status.ts';

export interface OpenCallDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly calls: CallsInFlight;
  readonly records: CallRecords;
  readonly audit: AuditLog;
}

/** What is known of a call when it comes. */
export interface Received {
  readonly metadata: Metadata;
  /** On the monotonic clock, milliseconds. */
  readonly deadline: number;
  readonly span?: CallSpan | undefined;
}

const NOBODY: Caller = { id: '', proof: 'spiffe' };

/** How a call ends; `lines` where its reply says more than its request. */
type End = Omit<CallEnd, 'elapsedMs'> & { readonly lines?: readonly AuditedLine[] };

/** The answer to a call whose line could not be written, where it has to be. */
const UNAUDITED = {
  code: status.UNAVAILABLE,
  failure: new Failure('NOT_READY', { detail: 'the audit cannot be written' }),
};

const NOTHING: readonly AuditedLine[] = [{ subject: '' }];
const nothing = () => NOTHING;
const ignored = () => undefined;

/** A reply as it is sent, and what it says to the audit. */
export interface EncodedReply {
  readonly bytes: Buffer;
  readonly lines: readonly AuditedLine[];
}

/**
 * A call that waits for its one answer: the first is audited, sent, counted and logged; later ones
 * are not.
 * What most calls never need of it is worked out when it is asked for.
 */
export class OpenCall implements CallContext {
  /** Nobody until it is known. */
  caller: Caller = NOBODY;
  /** None until the call was let in. */
  rights = NO_RIGHTS;
  /** What its request says to the audit, once it is read. */
  asked: () => readonly AuditedLine[] = nothing;
  readonly deadline: number;
  readonly #metadata: Metadata;
  readonly #send: sendUnaryData<Buffer>;
  readonly #deps: OpenCallDeps;
  readonly #span: CallSpan | undefined;
  readonly #startedAt: number;
  #open = true;
  #requestId: string | undefined;

  constructor(
    { metadata, deadline, span }: Received,
    send: sendUnaryData<Buffer>,
    deps: OpenCallDeps,
  ) {
    this.#metadata = metadata;
    this.deadline = deadline;
    this.#span = span;
    this.#send = send;
    this.#deps = deps;
    this.#startedAt = deps.clock.monotonic();
    deps.calls.begin();
  }

  get traceId(): string | undefined {
    return this.#span?.traceId;
  }

  get requestId(): string {
    const [sent] = this.#requestId === undefined ? this.#metadata.get('x-request-id') : [];
    this.#requestId ??= requestIdFrom(sent, this.#deps.random);
    return this.#requestId;
  }

  succeed({ bytes, lines }: EncodedReply): void {
    this.#end({ code: status.OK, lines }, () => this.#send(null, bytes));
  }

  /** Succeeds with what `reply` resolves to, fails as it does, or ends when the deadline passes. */
  succeedWith<Reply>(reply: Promise<Reply>, encode: (reply: Reply) => EncodedReply): Promise<void> {
    return this.goOnWith(reply, (value) => this.succeed(encode(value)));
  }

  /** Goes on with what `work` resolves to, fails as it does, or ends when the deadline passes. */
  async goOnWith<T>(work: Promise<T>, goOn: (value: T) => void): Promise<void> {
    const { clock } = this.#deps;
    const cancel = clock.schedule(this.deadline - clock.monotonic(), () => this.#expire());
    try {
      const value = await work;
      if (this.#open) goOn(value);
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
    this.#end({ code: answer.code, failure }, () => this.#send(answer));
  }

  /** As the gRPC library ends calls whose own deadline passes. */
  #expire(): void {
    const code = status.DEADLINE_EXCEEDED;
    this.#end({ code }, () => this.#send({ code, details: 'The deadline passed.' }));
  }

  #unexpected(error: unknown): Failure {
    this.#deps.records.unexpected(this, error);
    return new Failure('INTERNAL');
  }

  /** The answer leaves when its lines are written, which is at the end of this turn at the latest. */
  #end(end: End, send: () => void): void {
    if (!this.#open) return;
    this.#open = false;
    const { audit, records } = this.#deps;
    const { lines = this.asked() } = end;
    const { requestId } = this;
    const { servedUnaudited } = records.rpc;
    // Of the lines of one turn the last one is written only where all are.
    const last = lines.length - 1;
    for (let place = 0; place < last; place += 1) {
      audit.record(this.#decision(end, lines[place]), ignored);
    }
    audit.record(this.#decision(end, lines[last]), (written) => {
      if (written || !audit.required || servedUnaudited) this.#leave(end, send);
      else this.#leave(UNAUDITED, () => this.#send(statusOf(UNAUDITED.failure, requestId)));
    });
  }

  #decision(end: End, line: AuditedLine | undefined): Decision {
    const { requestId } = this;
    const method = this.#deps.records.rpc.name;
    const caller = this.caller === NOBODY ? undefined : this.caller;
    const { failure = end.failure, subject = '' } = line ?? {};
    const code = line?.failure === undefined ? end.code : STATUS_OF[line.failure.reason];
    return { method, caller, requestId, code: status[code], failure, subject };
  }

  #leave({ code, failure }: End, send: () => void): void {
    const { clock, calls, records } = this.#deps;
    if (this.#span !== undefined) endSpan(this.#span, { code, failure, caller: this.caller });
    records.ended(this, { code, failure, elapsedMs: clock.monotonic() - this.#startedAt });
    calls.end();
    try {
      send();
    } catch (error) {
      // The answers of others wait behind this one.
      records.unexpected(this, error);
    }
  }
}
