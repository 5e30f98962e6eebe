import type { handleUnaryCall, ServerUnaryCall } from '@grpc/grpc-js';
import type { CallContext } from '../domain/caller.ts';
import { Failure } from '../domain/failure.ts';
import type { Random } from '../domain/random.ts';
import { requestIdFrom } from '../domain/request-id.ts';
import type { TokenVault } from '../service/token-vault.ts';
import type { CallerIdentities } from './caller-identity.ts';
import type { CallerPolicy } from './caller-policy.ts';
import { OpenCall, type OpenCallDeps } from './open-call.ts';
import { replyEncoder } from './reply-encoder.ts';
import { type Codec, type Received, UNDECODABLE } from './strict-method.ts';
import type { DeadlineLimits } from './transport-limits.ts';
import type { UnaryRpc } from './unary-rpc.ts';

export interface UnaryDeps extends OpenCallDeps {
  readonly tokenVault: TokenVault;
  readonly policy: CallerPolicy;
  readonly identities: CallerIdentities;
  readonly random: Random;
  readonly limits: DeadlineLimits;
}

/**
 * Serves one RPC: authenticate, authorise, check the fields, run the use case, encode. This is the
 * only place that knows grpc-js's callbacks. Whatever goes wrong ends in `OpenCall.fail`: an error
 * that reached grpc-js would become UNKNOWN.
 */
export function unaryHandler<Wire, Request, Reply extends object, WireReply>(
  rpc: UnaryRpc<Wire, Request, Reply, WireReply>,
  codec: Codec<WireReply>,
  deps: UnaryDeps,
): handleUnaryCall<Received<Wire>, Buffer> {
  const encode = replyEncoder(rpc, codec);
  return (call, send) => {
    const requestId = requestIdFrom(call.metadata.get('x-request-id')[0], deps.random);
    const open = new OpenCall({ rpc: rpc.name, requestId, send }, deps);
    const succeed = (reply: Reply) => open.succeed(encode(reply));
    try {
      const caller = deps.identities.of(call);
      open.callerId = caller.id;
      // Before anything is read or looked up: a refusal has to cost less than a call.
      if (deps.calls.tooMany) throw new Failure('NOT_READY');
      if (!deps.policy.allows(caller, rpc.name)) {
        throw new Failure('CALLER_NOT_ALLOWED', { metadata: { deniedBy: 'rpc' } });
      }
      const request = rpc.readRequest(decoded(call.request));
      const timeoutMs = timeoutOf(call, deps);
      const deadline = deps.clock.monotonic() + timeoutMs;
      const context: CallContext = { caller, requestId, deadline };
      const reply = rpc.run(deps.tokenVault, request, context);
      if (!(reply instanceof Promise)) return succeed(reply);
      const cancel = deps.clock.schedule(timeoutMs, () => open.expire());
      reply
        .then(succeed)
        .catch((error: unknown) => open.fail(error))
        .finally(cancel);
    } catch (error) {
      open.fail(error);
    }
  };
}

function decoded<Wire>(request: Received<Wire>): Wire {
  if (request !== UNDECODABLE) return request;
  const description = 'The message must be valid protobuf, and its strings valid UTF-8.';
  throw new Failure('FIELD_INVALID', { violations: [{ field: '', description }] });
}

/**
 * Milliseconds that are left to the call. The stream guard has given it a deadline already; this
 * holds where that one is missing, or the wall clock has jumped meanwhile.
 */
function timeoutOf(call: ServerUnaryCall<unknown, unknown>, { clock, limits }: UnaryDeps): number {
  const left = Number(call.getDeadline()) - clock.now();
  if (left === Infinity) return limits.defaultDeadlineMs;
  return Math.min(Math.max(left, 0), limits.maxDeadlineMs);
}
