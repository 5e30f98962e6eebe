import type { Clock } from '../domain/clock.ts';
import type { Random } from '../domain/random.ts';
import { requestIdFrom } from '../domain/request-id.ts';
import type { StreamGuard } from './grpc-internals.ts';
import { headerFault, refusalHeaders } from './header-fault.ts';
import type { IdleConnections } from './idle-connections.ts';
import type { Refusals } from './refusals.ts';
import { answerStream, dropStream } from './refused-stream.ts';
import { rpcAt } from './rpc-paths.ts';
import { boundedTimeout, timeoutHeader } from './timeout-header.ts';
import type { GrpcLimits } from './transport-limits.ts';
import type { UnprovedCalls } from './unproved-calls.ts';
import type { UnservedCalls } from './unserved-calls.ts';

/** Methods that a client without a deadline may keep open. */
const LONG_LIVED: ReadonlySet<string | undefined> = new Set(['/grpc.health.v1.Health/Watch']);

/** What every client sends and nobody reads: grpc-js would check each and copy it into the metadata. */
const UNREAD = ['te', 'user-agent', 'accept-encoding', 'grpc-accept-encoding'];

export interface StreamGuardDeps {
  readonly refusals: Refusals;
  readonly idle: IdleConnections;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: GrpcLimits;
  /** Absent where connections prove who calls. */
  readonly unproved?: Pick<UnprovedCalls, 'refuses'> | undefined;
  /** Absent where they cannot be told from served ones. */
  readonly unserved?: Pick<UnservedCalls, 'watch'>;
}

/**
 * What every call has to pass before grpc-js sees it: headers that can be believed, and that can be a
 * caller's. Each call that passes has a deadline from then on, so that one whose request never comes
 * to its end ends too. Of our own RPCs grpc-js is not told of it: a timer for each call would cost more
 * than all our checks together.
 */
export function streamGuard(deps: StreamGuardDeps): StreamGuard {
  const { refusals, idle, clock, random, limits, unproved, unserved } = deps;
  const opened: StreamGuard['opened'] = (session) => idle.watch(session);
  const admits: StreamGuard['admits'] = ({ stream, headers, rawHeaders }) => {
    // Its client has taken it back meanwhile: nobody waits for what it asks.
    if (stream.destroyed || stream.closed) return false;
    const fault = headerFault(headers, rawHeaders, limits);
    if (fault !== undefined) {
      refusals.note('call_refused', fault);
      dropStream(stream);
      const requestId = requestIdFrom(headers['x-request-id'], random);
      answerStream(stream, refusalHeaders(fault, requestId, limits));
      return false;
    }
    if (unproved?.refuses({ stream, headers }) === true) return false;
    const sent = headers['grpc-timeout'];
    const lasting = sent === undefined && LONG_LIVED.has(headers[':path']);
    idle.began(stream, lasting);
    if (!lasting) {
      const ms = boundedTimeout(sent?.toString(), limits);
      const method = unserved && rpcAt(headers[':path']);
      if (method === undefined) headers['grpc-timeout'] = timeoutHeader(ms);
      else {
        delete headers['grpc-timeout'];
        unserved?.watch(stream, { method, deadline: clock.monotonic() + ms });
      }
    }
    for (const name of UNREAD) delete headers[name];
    return true;
  };
  return { opened, admits };
}
