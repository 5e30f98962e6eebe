import { performServerHandshake } from 'node:http2';
import type { Duplex } from 'node:stream';
import { Server } from '@grpc/grpc-js';
import type { HealthImplementation } from 'grpc-health-check';
import { type GuardedConnectionsDeps, guardedConnections } from './guarded-connections.ts';
import { listen } from './listener.ts';
import type { MutualTls, ServerTls } from './server-tls.ts';
import {
  TOKEN_VAULT_ADMIN_DEFINITION,
  tokenVaultAdminHandlers,
} from './token-vault-admin-service.ts';
import { TOKEN_VAULT_DEFINITION, tokenVaultHandlers } from './token-vault-service.ts';
import { type GrpcLimits, TRANSPORT_LIMITS } from './transport-limits.ts';
import type { UnaryDeps } from './unary.ts';
import { UnprovedCalls } from './unproved-calls.ts';

/** One way in to the service. */
export interface Port<Tls> {
  readonly port: number;
  /** For the connections that come from now on. @throws StartupProblems, and nothing is changed */
  setTls(tls: Tls): void;
  /** Takes no new calls and asks clients to go elsewhere; resolves when the last has gone. */
  close(): Promise<void>;
  /** Ends the connections that are left, whatever is under way on them. */
  cutOff(): void;
}

export interface PortOptions<Tls> {
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  readonly tls: Tls;
  readonly reflection: boolean;
}

/** What a port serves, and the bounds that hold for it. */
export type PortDeps = UnaryDeps &
  GuardedConnectionsDeps & {
    readonly health: HealthImplementation;
    readonly limits: GrpcLimits;
  };

function channelOptions(limits: GrpcLimits) {
  return {
    // Its statistics, which nobody reads here, cost a twentieth of the throughput.
    'grpc.enable_channelz': 0,
    'grpc.max_receive_message_length': limits.messageBytes,
    'grpc.max_concurrent_streams': limits.streamsPerConnection,
    'grpc.max_connection_age_ms': limits.connectionAgeMs,
    'grpc.max_connection_age_grace_ms': limits.connectionAgeGraceMs,
    'grpc-node.max_session_memory': TRANSPORT_LIMITS.connectionMegabytes,
  };
}

/** @throws StartupProblems when the certificates do not fit or the address cannot be had */
export async function openPort<Tls extends ServerTls | MutualTls>(
  { address, tls, reflection }: PortOptions<Tls>,
  deps: PortDeps,
): Promise<Port<Tls>> {
  const { limits, refusals } = deps;
  const server = new Server(channelOptions(limits));
  server.addService(TOKEN_VAULT_DEFINITION, tokenVaultHandlers(deps));
  server.addService(TOKEN_VAULT_ADMIN_DEFINITION, tokenVaultAdminHandlers(deps));
  deps.health.addToServer(server);
  if (reflection) {
    // Loaded here, because it parses the contract anew, which nobody else needs.
    const { addReflection } = await import('./reflection.ts');
    addReflection(server, deps);
  }
  const connections = guardedConnections(server, { ...deps, unproved: unprovedCalls(deps) });
  const { handshakeMs } = TRANSPORT_LIMITS;
  let closing: Promise<void> | undefined;
  const listener = await listen(
    { address, tls, maxConnections: limits.connections, handshakeMs, refusals },
    (socket) => (closing === undefined ? connections.injectConnection(socket) : turnAway(socket)),
  );
  const close = () => {
    closing ??= listener.close();
    // Its callback waits for nothing where connections are injected.
    server.tryShutdown(() => undefined);
    return closing;
  };
  return { port: listener.port, setTls: listener.setTls, close, cutOff: listener.cutOff };
}

/** Where calls prove their callers, and not connections. */
function unprovedCalls(deps: PortDeps): UnprovedCalls | undefined {
  const { identities } = deps;
  const refusalOf = identities.refusalOf?.bind(identities);
  return refusalOf && new UnprovedCalls({ ...deps, refusalOf });
}

/**
 * Asks a client to go elsewhere whose handshake the stop has overtaken. grpc-js no longer would, and
 * its calls would be cut off; so they are refused as not seen, and any client sends them again.
 */
function turnAway(socket: Duplex): void {
  const session = performServerHandshake(socket);
  session.on('error', () => undefined); // a client that is gone need not be told
  session.close();
}
