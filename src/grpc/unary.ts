import type { handleUnaryCall, ServerUnaryCall } from '@grpc/grpc-js';
import type { CallContext, Caller } from '../domain/caller.ts';
import { Failure } from '../domain/failure.ts';
import type { Traces } from '../domain/traces.ts';
import type { TokenVault } from '../service/token-vault.ts';
import { AuditedCalls } from './audited-calls.ts';
import type { CallLines } from './call-lines.ts';
import { CallRecords, type CallRecordsDeps } from './call-records.ts';
import { beginSpan } from './call-spans.ts';
import type { CallerAdmission } from './caller-admission.ts';
import type { CallerIdentities } from './callers/caller-identities.ts';
import { OpenCall, type OpenCallDeps } from './open-call.ts';
import { replyEncoder } from './reply-encoder.ts';
import { type Codec, requestReader } from './request-reader.ts';
import type { DeadlineLimits } from './transport-limits.ts';
import type { ServedRpc, UnaryRpc } from './unary-rpc.ts';
import type { UnservedCalls } from './unserved-calls.ts';

export interface UnaryDeps extends CallRecordsDeps, Omit<OpenCallDeps, 'records'> {
  readonly tokenVault: TokenVault;
  readonly admission: Pick<CallerAdmission, 'admit' | 'charge'>;
  readonly identities: CallerIdentities;
  readonly unserved?: Pick<UnservedCalls, 'served'>;
  readonly limits: DeadlineLimits;
  /** Default: none are left. */
  readonly traces?: Traces | undefined;
}

/** The generated codecs of one RPC. */
export interface Codecs<Wire, WireReply> {
  readonly request: Codec<Wire>;
  readonly reply: Codec<WireReply>;
}

/** How the calls of one RPC are read, answered and written down. */
export interface CallParts<Request, Reply> {
  /** @throws Failure FIELD_INVALID */
  readonly read: (bytes: Buffer) => Request;
  readonly encode: (reply: Reply) => Buffer;
  readonly lines: CallLines<Request, Reply>;
  /** What is written down of an answer beside that of every call. */
  readonly answered?: (reply: Reply, call: CallContext) => void;
}

/** Serves an RPC whose calls are about one subject each. */
export function unaryHandler<Wire, Request, Reply extends object, WireReply>(
  rpc: UnaryRpc<Wire, Request, Reply, WireReply>,
  codecs: Codecs<Wire, WireReply>,
  deps: UnaryDeps,
): handleUnaryCall<Buffer, Buffer> {
  const read = requestReader(rpc, codecs.request);
  const encode = replyEncoder(rpc, codecs.reply);
  return handlerOf(rpc, { read, encode, lines: new AuditedCalls(rpc, deps.audit) }, deps);
}

/**
 * Serves one RPC: authenticate, authorise, read the request, run the use case, encode. This is the
 * only place that knows grpc-js's callbacks. Whatever goes wrong ends in `OpenCall.fail`: an error
 * that reached grpc-js would become UNKNOWN.
 */
export function handlerOf<Request, Reply extends object>(
  rpc: Omit<ServedRpc<never, Request, Reply>, 'readRequest'>,
  { read, encode, lines, answered }: CallParts<Request, Reply>,
  deps: UnaryDeps,
): handleUnaryCall<Buffer, Buffer> {
  const { tokenVault, admission, identities, calls, unserved, audit, clock, traces } = deps;
  // Where tokens prove callers, a call begins before it is known whose it is.
  const callerDecides = identities.refusalOf === undefined;
  const openDeps = { ...deps, records: new CallRecords(rpc, deps) };
  const serve = (open: OpenCall, caller: Caller, request: Buffer) => {
    try {
      open.caller = caller;
      // Before anything is read or looked up: a refusal has to cost less than a call.
      if (calls.tooMany) throw new Failure('NOT_READY');
      if (audit.required && !audit.writable && rpc.servedUnaudited !== true) {
        throw new Failure('NOT_READY', { detail: 'the audit cannot be written' });
      }
      open.rights = admission.admit(caller, rpc.name);
      const asked = read(request);
      open.asked = () => lines.asked(asked);
      if (rpc.countsFor !== undefined) admission.charge(open, rpc.countsFor(asked) - 1);
      const reply = rpc.run(tokenVault, asked, open);
      const answer = (known: Reply) => {
        const encoded = { bytes: encode(known), lines: lines.answered(asked, known) };
        answered?.(known, open);
        return encoded;
      };
      if (reply instanceof Promise) void open.succeedWith(reply, answer);
      else open.succeed(answer(reply));
    } catch (error) {
      open.fail(error);
    }
  };
  const receive = (open: OpenCall, call: ServerUnaryCall<Buffer, Buffer>) => {
    try {
      const caller = identities.of(call);
      if (!(caller instanceof Promise)) return serve(open, caller, call.request);
      void open.goOnWith(caller, (known) => serve(open, known, call.request));
    } catch (error) {
      open.fail(error);
    }
  };
  return (call, send) => {
    const deadline = unserved?.served(call) ?? clock.monotonic() + msLeft(call, deps);
    const span = traces && beginSpan(call, { traces, callerDecides });
    const open = new OpenCall({ metadata: call.metadata, deadline, span }, send, openDeps);
    if (span === undefined) receive(open, call);
    else span.run(() => receive(open, call));
  };
}

/** Where the stream guard cannot be: what grpc-js makes of the header, within the limits. */
function msLeft(
  call: Pick<ServerUnaryCall<Buffer, Buffer>, 'getDeadline'>,
  { clock, limits }: Pick<UnaryDeps, 'clock' | 'limits'>,
): number {
  const left = Number(call.getDeadline()) - clock.now();
  if (left === Infinity) return limits.defaultDeadlineMs;
  return Math.min(Math.max(left, 0), limits.maxDeadlineMs);
}
