import { readFileSync } from 'node:fs';
import { credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { DRIVE } from '../../bench/load/call.ts';
import { CLIENT, type World } from '../../bench/world.ts';
import { connect } from '../../src/client/connect.ts';
import {
  CodeSource,
  ExchangeCodeRequest,
  GetAccessTokenRequest,
} from '../../src/client/messages.ts';
import type { DevCaller } from '../../src/dev/certificate-files.ts';
import { TokenVaultClient } from '../../src/gen/tokenvault/v1/token_vault.ts';

/** Makes one call for a user; rejects where it fails. */
export type Call = (user: string) => Promise<unknown>;

export interface Reachable {
  readonly world: World;
  /** Of loopback. */
  readonly balancer: { readonly port: number };
  readonly ports: readonly number[];
}

const TIMEOUT_MS = 20_000;
const SCOPES = ['openid', 'email', 'profile', DRIVE];
/** The name in the server's certificate. */
const SERVER_NAME = 'localhost';

/** The ways in which internal services ask two replicas for tokens. */
export function tokenCallers(fleet: Reachable, started: AsyncDisposableStack): readonly Call[] {
  const connection = connectAs('drive-worker', fleet, started);
  return [
    (user) => connection.getAccessToken(tokenRequest(user), { timeoutMs: TIMEOUT_MS }),
    channelCaller('pick_first', fleet, started),
    channelCaller('round_robin', fleet, started),
  ];
}

/** The gateway's call: a new code each time, whose exchange Google takes its time for. */
export function exchangeCaller(fleet: Reachable, started: AsyncDisposableStack): Call {
  const { google } = fleet.world;
  const connection = connectAs('gateway', fleet, started);
  return async (sub) => {
    const code = await google.mintCode({ clientId: CLIENT.client_id, sub, scopes: SCOPES });
    const codeSource = CodeSource.CODE_SOURCE_MOBILE;
    const request = ExchangeCodeRequest.fromPartial({ code, codeSource });
    return connection.exchangeCode(request, { timeoutMs: TIMEOUT_MS });
  };
}

/** Our own client, which knows one address: that of the load balancer. */
function connectAs(
  caller: DevCaller,
  { world, balancer }: Reachable,
  started: AsyncDisposableStack,
) {
  const { ca, cert, key } = filesOf(world, caller);
  const connection = connect({
    address: `127.0.0.1:${balancer.port}`,
    serverName: SERVER_NAME,
    caPem: ca.toString(),
    certPem: cert.toString(),
    keyPem: key.toString(),
  });
  started.defer(() => connection.close());
  return connection;
}

/** A channel of grpc-js that knows all replicas and has nothing of ours. */
function channelCaller(
  policy: string,
  { world, ports }: Reachable,
  started: AsyncDisposableStack,
): Call {
  const { ca, cert, key } = filesOf(world, 'drive-worker');
  const addresses = ports.map((port) => `127.0.0.1:${port}`).join(',');
  const client = new TokenVaultClient(`ipv4:${addresses}`, credentials.createSsl(ca, key, cert), {
    'grpc.ssl_target_name_override': SERVER_NAME,
    'grpc.initial_reconnect_backoff_ms': 200,
    'grpc.max_reconnect_backoff_ms': 1_000,
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ [policy]: {} }] }),
  });
  started.defer(() => client.close());
  return (user) =>
    new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + TIMEOUT_MS };
      client.getAccessToken(
        tokenRequest(user),
        new Metadata(),
        options,
        (error: ServiceError | null, reply) => (error === null ? resolve(reply) : reject(error)),
      );
    });
}

function tokenRequest(userId: string): GetAccessTokenRequest {
  return GetAccessTokenRequest.fromPartial({ userId, scopes: [DRIVE] });
}

function filesOf({ certificates: { caFile, clients } }: World, caller: DevCaller) {
  const { certFile, keyFile } = clients[caller];
  return { ca: readFileSync(caFile), cert: readFileSync(certFile), key: readFileSync(keyFile) };
}
