import { createServer, type Server } from 'node:http';
import { Clients, type StandInClient } from './clients.ts';
import { Consents } from './consents.ts';
import type { StandInControls } from './controls.ts';
import { Faults } from './faults.ts';
import { handleRequests, type StandInObserver } from './handle-requests.ts';
import { mintCode } from './mint.ts';
import { createAuthorizationServer, type Project } from './provider.ts';
import { RequestLog } from './request-log.ts';
import { Settings } from './settings.ts';
import { SigningKeys } from './signing-keys.ts';
import { Throttle } from './throttle.ts';
import { DEFAULT_USERS, type StandInUser, Users } from './users.ts';

export type { StandInClient } from './clients.ts';
export type { DriveFile } from './drive-files.ts';
export type { Fault, Faults } from './faults.ts';
export type { StandInObserver } from './handle-requests.ts';
export type { StandInRequest } from './http.ts';
export type { MintOptions } from './mint.ts';
export type { LoggedRequest, RequestLog } from './request-log.ts';
export type { RateLimit } from './throttle.ts';
export type { StandInUser } from './users.ts';

export interface StandInOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  readonly clients: readonly StandInClient[];
  /** The first one signs in where nobody is named. Default: a consumer and a Workspace account. */
  readonly users?: readonly StandInUser[];
  readonly observer?: StandInObserver;
}

/** A Google of one's own, on loopback. Every client it knows belongs to the same Cloud project. */
export interface GoogleStandIn extends StandInControls {
  /** Without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

/** @throws the error of `listen`, for example with code EADDRINUSE */
export async function startGoogleStandIn(options: StandInOptions): Promise<GoogleStandIn> {
  const project: Project = {
    clients: new Clients(options.clients),
    users: new Users(options.users ?? DEFAULT_USERS),
    consents: new Consents(),
    settings: new Settings(),
    keys: new SigningKeys(),
  };
  const { provider, store } = await createAuthorizationServer(project);
  const server = createServer();
  const throttle = new Throttle(() => performance.now());
  const controls: StandInControls = {
    faults: new Faults(),
    requests: new RequestLog(),
    mintCode: (minted) => mintCode({ provider, project }, minted),
    async revokeUser(sub) {
      store.forgetUser(sub);
      project.consents.forget(sub);
    },
    limitRate: (limit) => throttle.set(limit),
    setAccessTokenLife(seconds) {
      project.settings.accessTokenLifeSeconds = seconds;
    },
    rotateRefreshTokens(on) {
      project.settings.rotateRefreshTokens = on;
    },
    rotateSigningKey: () => project.keys.rotate(),
    setClientSecrets: (clientId, secrets) => project.clients.setSecrets(clientId, secrets),
  };
  handleRequests(provider, project, { controls, throttle, observer: options.observer });
  server.on('request', provider.callback());
  const port = await listen(server, options.port ?? 0);
  const stop = () => close(server);
  return { ...controls, url: `http://127.0.0.1:${port}`, stop };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
