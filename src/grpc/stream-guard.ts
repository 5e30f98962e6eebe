import type { Random } from '../domain/random.ts';
import { requestIdFrom } from '../domain/request-id.ts';
import type { OpenedStream } from './grpc-internals.ts';
import { headerFault, refusalHeaders } from './header-fault.ts';
import type { Refusals } from './refusals.ts';
import { boundedTimeout } from './timeout-header.ts';
import type { GrpcLimits } from './transport-limits.ts';

/** Methods that a client without a deadline may keep open. */
const LONG_LIVED: ReadonlySet<string | undefined> = new Set(['/grpc.health.v1.Health/Watch']);

export interface StreamGuardDeps {
  readonly refusals: Refusals;
  readonly random: Random;
  readonly limits: GrpcLimits;
}

/**
 * What every call has to pass before grpc-js sees it: headers that can be believed. Each call that
 * passes has a deadline from then on, so that one whose request never comes to its end ends too.
 */
export function streamGuard({ refusals, random, limits }: StreamGuardDeps) {
  return ({ stream, headers, rawHeaders }: OpenedStream): boolean => {
    // Its client has taken it back meanwhile; an attempt to answer would throw.
    if (stream.destroyed || stream.closed) return false;
    const fault = headerFault(headers, rawHeaders, limits);
    if (fault === undefined) {
      const sent = headers['grpc-timeout'];
      if (sent !== undefined || !LONG_LIVED.has(headers[':path'])) {
        headers['grpc-timeout'] = boundedTimeout(sent?.toString(), limits);
      }
      return true;
    }
    refusals.note('call_refused', fault);
    // A client that goes away now has no more to be told.
    stream.on('error', () => undefined);
    const requestId = requestIdFrom(headers['x-request-id'], random);
    stream.respond(refusalHeaders(fault, requestId, limits), { endStream: true });
    // Whatever follows is dropped. A reset now would overtake the answer.
    stream.resume();
    return false;
  };
}
