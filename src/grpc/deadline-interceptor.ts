import { ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import type { Clock } from '../domain/clock.ts';
import type { DeadlineLimits } from './transport-limits.ts';

/**
 * Ends calls whose deadline has passed, from their headers on, so that one whose request never comes
 * to its end ends too. It stands in for the stream guard, which costs less, where that one cannot be.
 */
export function deadlineInterceptor(clock: Clock, limits: DeadlineLimits): ServerInterceptor {
  return ({ responseStream }, call) => {
    if (responseStream) return new ServerInterceptingCall(call);
    const left = Number(call.getDeadline()) - clock.now();
    const ms = left === Infinity ? limits.defaultDeadlineMs : Math.max(left, 0);
    const cancel = clock.schedule(Math.min(ms, limits.maxDeadlineMs), () =>
      call.sendStatus({ code: status.DEADLINE_EXCEEDED, details: 'The deadline passed.' }),
    );
    // Despite its name it is told of every end of a call.
    return new ServerInterceptingCall(call, { start: (next) => next({ onCancel: cancel }) });
  };
}
