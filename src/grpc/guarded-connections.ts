import {
  type ConnectionInjector,
  experimental,
  type Server,
  ServerCredentials,
} from '@grpc/grpc-js';
import type { Clock } from '../domain/clock.ts';
import type { Logger } from '../domain/logger.ts';
import { deadlineInterceptor } from './deadline-interceptor.ts';
import { guardStreams } from './grpc-internals.ts';
import { IdleConnections } from './idle-connections.ts';
import { type StreamGuardDeps, streamGuard } from './stream-guard.ts';
import { TRANSPORT_LIMITS } from './transport-limits.ts';

export interface GuardedConnectionsDeps extends Omit<StreamGuardDeps, 'idle'> {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The way for connections into `server`, with every call on them bounded before its handler runs.
 * They come with TLS on already, so grpc-js has none of its own to do.
 */
export function guardedConnections(
  server: Server,
  deps: GuardedConnectionsDeps,
): ConnectionInjector {
  const plain = ServerCredentials.createInsecure();
  const connections = server.createConnectionInjector(plain);
  const idle = new IdleConnections(deps.clock, TRANSPORT_LIMITS.connectionIdleMs);
  if (guardStreams(server, streamGuard({ ...deps, idle }))) return connections;
  // Another release of grpc-js than the one that is tested: its own ways bound the time at least.
  deps.logger.warn('stream_guard_missing');
  const interceptors = [deadlineInterceptor(deps.clock, deps.limits)];
  return server.createConnectionInjector(
    experimental.createServerCredentialsWithInterceptors(plain, interceptors),
  );
}
