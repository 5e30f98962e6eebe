import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLIENT, type World } from '../../bench/world.ts';
import { connect, type TokenVaultConnection } from '../../src/client/connect.ts';
import { CodeSource, ExchangeCodeRequest } from '../../src/client/messages.ts';
import { type DevCaller, devSpiffeId } from '../../src/dev/certificate-files.ts';
import { freePorts } from '../../src/dev/openbao/free-port.ts';
import { Replica } from '../sigterm/replica.ts';
import { GRANTED } from './wishes.ts';

export const TIMEOUT_MS = 20_000;

/** Whoever signs the accounts in, so that those of every domain are known. */
const USHER = `
  - spiffe_id: ${devSpiffeId('operator')}
    rpcs: [ExchangeCode]
    oauth_clients: [default]
    users: all
`;

/** `tokenvault serve` in a process of its own, under a policy of the proof's. */
export class Served {
  readonly policyFile: string;
  readonly #world: World;
  readonly #port: number;
  readonly #logFile: string;
  readonly #started: AsyncDisposableStack;

  private constructor(world: World, port: number, started: AsyncDisposableStack) {
    this.#world = world;
    this.#port = port;
    this.#started = started;
    this.policyFile = join(world.directory, 'policy.yaml');
    this.#logFile = join(world.directory, `serve-${port}.log`);
  }

  static async start(world: World, policy: string, started: AsyncDisposableStack): Promise<Served> {
    const [port] = await freePorts(2);
    const served = new Served(world, port, started);
    await writeFile(served.policyFile, policy + USHER);
    const { configFile } = world;
    const replica = await Replica.start({ configFile, port, logFile: served.#logFile });
    started.defer(() => replica.kill());
    return served;
  }

  connectAs(caller: DevCaller): TokenVaultConnection {
    const { caFile, clients } = this.#world.certificates;
    const { certFile, keyFile } = clients[caller];
    const connection = connect({
      address: `localhost:${this.#port}`,
      caPem: readFileSync(caFile, 'utf8'),
      certPem: readFileSync(certFile, 'utf8'),
      keyPem: readFileSync(keyFile, 'utf8'),
    });
    this.#started.defer(() => connection.close());
    return connection;
  }

  /** A code of this account, as a mobile app gets it, ready to be sent. */
  async exchangeOf(sub: string, oauthClient: string): Promise<ExchangeCodeRequest> {
    const minted = { clientId: CLIENT.client_id, sub, scopes: GRANTED, prompt: 'consent' };
    const code = await this.#world.google.mintCode(minted);
    const codeSource = CodeSource.CODE_SOURCE_MOBILE;
    return ExchangeCodeRequest.fromPartial({ code, codeSource, oauthClient });
  }

  /** How many lines it has logged that hold all of these texts. */
  async logged(...texts: readonly string[]): Promise<number> {
    const lines = (await readFile(this.#logFile, 'utf8')).split('\n');
    return lines.filter((line) => texts.every((text) => line.includes(text))).length;
  }
}
