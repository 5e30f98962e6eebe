import {
  type ConnectionInjector,
  experimental,
  type Server,
  ServerCredentials,
} from '@grpc/grpc-js';
import type { Alerts } from '../domain/alerts.ts';
import type { Clock } from '../domain/clock.ts';
import { deadlineInterceptor } from './deadline-interceptor.ts';
import { guardStreams } from './grpc-internals.ts';
import { IdleConnections } from './idle-connections.ts';
import { type StreamGuardDeps, streamGuard } from './stream-guard.ts';
import { TRANSPORT_LIMITS } from './transport-limits.ts';

export interface GuardedConnectionsDeps extends Omit<StreamGuardDeps, 'idle'> {
  readonly clock: Clock;
  readonly alerts: Alerts;
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
  deps.alerts.raise('grpc_internals_missing', { missing: 'stream guard' });
  const interceptors = [deadlineInterceptor(deps.clock, deps.limits)];
  return server.createConnectionInjector(
    experimental.createServerCredentialsWithInterceptors(plain, interceptors),
  );
}
