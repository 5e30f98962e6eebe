import type { TokenVaultConnection } from '../../src/client/connect.ts';
import {
  CodeSource,
  ExchangeCodeRequest,
  GetAccessTokenRequest,
  GetUserRequest,
} from '../../src/client/messages.ts';
import type { DevCaller } from '../../src/dev/certificate-files.ts';
import type { AppWorld } from '../../test/support/app-world.ts';
import type { GatewayProcess } from '../../test/support/gateway-process.ts';
import { SteadyLoad } from '../sigterm/steady-load.ts';

export interface LoadOptions {
  readonly world: AppWorld;
  readonly ports: readonly number[];
  readonly gateway: Pick<GatewayProcess, 'post'>;
  readonly users: readonly string[];
  /** Of all kinds together. */
  readonly callsPerSecond: number;
}

const TIMEOUT_MS = 20_000;
const DRIVE = 'https://www.googleapis.com/auth/drive.appdata';
const SCOPES = ['openid', 'email', 'profile', DRIVE];
/** So short that users need new tokens all the time: the secrets are used, not only held. */
const TOKEN_LIFE_S = 30;
const MIN_TTL_S = 1;

/** How many of a hundred calls are of each kind; the rest are for tokens. */
const GET_USER = 10;
const EXCHANGE = 1;
/** A caller that dials anew for each call meets each certificate. */
const DIALS = 1;
/** Apps dial anew too. */
const APP_POSTS = 0.2;

/** Connects the users, and calls for them until `stop`, in every way that needs some secret. */
export class Load {
  readonly #loads: readonly SteadyLoad[];
  readonly #connections: readonly TokenVaultConnection[];

  private constructor(loads: readonly SteadyLoad[], connections: readonly TokenVaultConnection[]) {
    this.#loads = loads;
    this.#connections = connections;
  }

  static async start({ world, ports, gateway, users, callsPerSecond }: LoadOptions): Promise<Load> {
    world.google.setAccessTokenLife(TOKEN_LIFE_S);
    const dial = (caller: DevCaller) => ports.map((port) => world.connectAs(caller, port));
    const gateways = dial('gateway');
    const workers = dial('drive-worker');
    const exchange = exchangeWith(world, gateways);
    for (const [index, user] of users.entries()) await exchange[index % ports.length]?.(user);
    // A crowd that is cold at once is what another proof is about.
    for (const user of users) await Promise.all(workers.map((worker) => askForToken(worker, user)));
    const userOf = (index: number) => users[index % users.length] ?? '';
    const share = (hundredths: number) => (callsPerSecond * hundredths) / 100;
    const loads = [
      new SteadyLoad({
        what: 'GetAccessToken',
        callers: workers.map((worker) => (user) => askForToken(worker, user)),
        perSecond: share(100 - GET_USER - EXCHANGE - DIALS - APP_POSTS),
        userOf,
      }),
      new SteadyLoad({
        what: 'GetUser',
        callers: workers.map(
          (worker) => (userId) =>
            worker.getUser(GetUserRequest.fromPartial({ userId }), { timeoutMs: TIMEOUT_MS }),
        ),
        perSecond: share(GET_USER),
        userOf,
      }),
      new SteadyLoad({
        what: 'ExchangeCode',
        callers: exchange,
        perSecond: share(EXCHANGE),
        userOf: (index) => `newcomer-${index}`,
      }),
      new SteadyLoad({
        what: 'GetAccessToken over a new connection',
        callers: ports.map((port) => (user) => dialAndAsk(world, port, user)),
        perSecond: share(DIALS),
        userOf,
      }),
      new SteadyLoad({
        what: 'POST of a code to the gateway',
        callers: [(user) => postCode(world, gateway, user)],
        perSecond: share(APP_POSTS),
        userOf: (index) => `app-user-${index}`,
      }),
    ];
    return new Load(loads, [...gateways, ...workers]);
  }

  /** Sends no more, and waits for what is under way. */
  async stop(): Promise<{ readonly calls: number; readonly failed: number }> {
    await Promise.all(this.#loads.map((load) => load.stop()));
    for (const connection of this.#connections) connection.close();
    const figures = this.#loads.map((load) => load.take());
    const sum = (of: (figure: (typeof figures)[number]) => number) =>
      figures.reduce((total, figure) => total + of(figure), 0);
    return { calls: sum(({ ended }) => ended), failed: sum(({ failed }) => failed) };
  }

  /** A line for each way in which calls failed. */
  failures(): readonly string[] {
    return this.#loads.flatMap((load) =>
      [...load.failures].map(([how, times]) => `failed ${times} times: ${how}`),
    );
  }
}

function askForToken(worker: TokenVaultConnection, userId: string): Promise<unknown> {
  const minTtl = { seconds: MIN_TTL_S, nanos: 0 };
  const request = GetAccessTokenRequest.fromPartial({ userId, scopes: [DRIVE], minTtl });
  return worker.getAccessToken(request, { timeoutMs: TIMEOUT_MS });
}

async function dialAndAsk(world: AppWorld, port: number, user: string): Promise<void> {
  const worker = world.connectAs('drive-worker', port);
  try {
    await askForToken(worker, user);
  } finally {
    worker.close();
  }
}

async function postCode(
  world: AppWorld,
  gateway: Pick<GatewayProcess, 'post'>,
  user: string,
): Promise<void> {
  const { status } = await gateway.post(await mintCode(world, user));
  if (status !== 200) throw new Error(`HTTP ${status}`);
}

function mintCode({ clients, google }: AppWorld, sub: string): Promise<string> {
  const { clientId } = clients.default;
  return google.mintCode({ clientId, sub, scopes: SCOPES, source: 'mobile' });
}

function exchangeWith(world: AppWorld, gateways: readonly TokenVaultConnection[]) {
  return gateways.map((gateway) => async (sub: string) => {
    const code = await mintCode(world, sub);
    const codeSource = CodeSource.CODE_SOURCE_MOBILE;
    const request = ExchangeCodeRequest.fromPartial({ code, codeSource });
    return gateway.exchangeCode(request, { timeoutMs: TIMEOUT_MS });
  });
}
