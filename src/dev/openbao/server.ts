import type { ChildProcess } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePorts } from './free-port.ts';
import { initialise, type Keys, readKeys, removeLockedData } from './keys.ts';
import { refuseSecondServer, rememberServer } from './pid-file.ts';
import { launch, type Running, type TlsListener } from './process.ts';
import { call } from './sys-api.ts';

export interface StartOptions {
  /** `bao` or `vault`, see `findOpenBao`. */
  readonly binary: string;
  /** Holds data, configuration, log and the unseal key; a later start with it finds all of it again. */
  readonly dataDir: string;
  /** Default: any free one. */
  readonly port?: number;
  /** Default: plain HTTP alone. */
  readonly tls?: TlsListener;
}

/** A single OpenBao node for development and tests, plain HTTP on loopback. */
export interface OpenBao {
  readonly address: string;
  readonly rootToken: string;
  readonly process: ChildProcess;
  seal(): Promise<void>;
  unseal(): Promise<void>;
  /** Ends the process and waits for it; stopping twice does nothing. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 20_000;
const POLL_MS = 50;
/** Another process may take a port between our look and the server's own listening. */
const PORT_TRIES = 5;

/**
 * Starts a node on raft storage, because `-dev` mode copies its whole store per request. Makes it on
 * the first start, unseals it on each, and resolves when it is active.
 * @throws StartupProblems when a server of this folder runs already; Error with the last lines of the
 *   server's log
 */
export async function startOpenBao(given: StartOptions): Promise<OpenBao> {
  const options = { ...given, dataDir: path.resolve(given.dataDir) };
  await refuseSecondServer(options.dataDir);
  await removeLockedData(options.dataDir);
  await mkdir(path.join(options.dataDir, 'raft'), { recursive: true, mode: 0o700 });
  for (let attempt = 1; ; attempt += 1) {
    const [free, clusterPort] = await freePorts(2);
    const running = await launch({ ...options, port: options.port ?? free, clusterPort });
    await rememberServer(options.dataDir, running.process.pid);
    try {
      return await bringUp(running, options.dataDir);
    } catch (error) {
      await running.stop();
      const text = error instanceof Error ? error.message : 'unknown problem';
      const clash = await running.hasPortClash();
      if (clash && options.port === undefined && attempt < PORT_TRIES) continue;
      throw new Error(`OpenBao did not start: ${text}\n${await running.lastLogLines()}`);
    }
  }
}

async function bringUp(running: Running, dataDir: string): Promise<OpenBao> {
  const { address } = running;
  const until = async (what: string, accepted: readonly number[]) => {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (Date.now() < deadline) {
      if (running.exited()) throw new Error('the process ended');
      const { status } = await call(address, 'GET', 'sys/health');
      if (accepted.includes(status)) return status;
      await wait(POLL_MS);
    }
    throw new Error(`it was not ${what} after ${START_TIMEOUT_MS / 1000} s`);
  };
  const NOT_INITIALISED = 501;
  const SEALED = 503;
  const status = await until('reachable', [NOT_INITIALISED, SEALED]);
  const keys = status === SEALED ? await readKeys(dataDir) : await initialise(address, dataDir);
  const unseal = async () => {
    await call(address, 'POST', 'sys/unseal', { body: { key: keys.unsealKey } });
    await until('active', [200]);
  };
  await unseal();
  return openBao(running, keys, unseal);
}

function openBao(running: Running, keys: Keys, unseal: () => Promise<void>): OpenBao {
  return {
    address: running.address,
    rootToken: keys.rootToken,
    process: running.process,
    seal: async () => {
      await call(running.address, 'POST', 'sys/seal', { token: keys.rootToken });
    },
    unseal,
    stop: running.stop,
  };
}
