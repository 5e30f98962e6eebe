import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface Running {
  readonly address: string;
  readonly process: ChildProcess;
  exited(): boolean;
  stop(): Promise<void>;
  /** Whether it ended because another process holds its port. */
  hasPortClash(): Promise<boolean>;
  lastLogLines(): Promise<string>;
}

export interface LaunchOptions {
  readonly binary: string;
  readonly dataDir: string;
  readonly port: number;
  /** The node's port for other nodes. */
  readonly clusterPort: number;
  /** Also listens with TLS. Default: with plain HTTP alone. */
  readonly tls?: TlsListener | undefined;
  /** Makes it a node of a cluster. Default: a single one. */
  readonly cluster?: ClusterPlace;
}

/** A second listener, which asks for certificates of clients and takes any. */
export interface TlsListener {
  readonly port: number;
  /** It opens a second port for other nodes too. */
  readonly clusterPort: number;
  readonly certFile: string;
  readonly keyFile: string;
}

/** What a node needs to find the others again after every start, and to open what they share. */
export interface ClusterPlace {
  readonly name: string;
  /** Addresses of the nodes. */
  readonly nodes: readonly string[];
  /** 32 random bytes, the same file for all nodes; with it a node unseals itself. */
  readonly sealKeyFile: string;
}

const LOG_LINES = 12;
const STOP_GRACE_MS = 5_000;

/**
 * Starts the server process. It ends with this one at the latest, unless that is killed or ends by a
 * signal that it does not handle: then no `exit` handler runs.
 */
export async function launch(options: LaunchOptions): Promise<Running> {
  const config = path.join(options.dataDir, 'config.json');
  const logFile = path.join(options.dataDir, 'openbao.log');
  await writeFile(config, JSON.stringify(serverConfig(options), undefined, 2));
  const log = await open(logFile, 'w', 0o600);
  const child = spawn(options.binary, ['server', `-config=${config}`], {
    // Nothing of the developer's own BAO_* and VAULT_* settings or token file reaches it.
    env: { HOME: options.dataDir },
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  const ended = once(child, 'exit').catch(() => undefined); // spawn errors show as `exited`
  const killWithParent = () => child.kill('SIGKILL');
  process.on('exit', killWithParent);
  void ended.then(() => process.off('exit', killWithParent));
  const logText = () => readFile(logFile, 'utf8');
  return {
    address: `http://127.0.0.1:${options.port}`,
    process: child,
    exited: () => hasExited(child),
    stop: () => stop(child, ended),
    hasPortClash: async () => (await logText()).includes('address already in use'),
    lastLogLines: async () => (await logText()).trimEnd().split('\n').slice(-LOG_LINES).join('\n'),
  };
}

function hasExited(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (hasExited(child)) return;
  child.kill('SIGTERM');
  child.kill('SIGCONT'); // a stopped process takes no SIGTERM
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
  await ended;
  clearTimeout(force);
}

function serverConfig({ dataDir, port, clusterPort, tls, cluster }: LaunchOptions): object {
  const raft = {
    path: path.join(dataDir, 'raft'),
    // A single node may get another port after a restart.
    node_id: cluster?.name ?? 'single',
    performance_multiplier: 1,
    // A node that joins may vote within seconds.
    autopilot_reconcile_interval: '1s',
    autopilot_update_interval: '500ms',
    ...(cluster && { retry_join: cluster.nodes.map((address) => ({ leader_api_addr: address })) }),
  };
  return {
    storage: { raft },
    ...(cluster && { seal: staticSeal(cluster) }),
    listener: [
      {
        tcp: {
          address: `127.0.0.1:${port}`,
          cluster_address: `127.0.0.1:${clusterPort}`,
          tls_disable: true,
        },
      },
      ...(tls === undefined ? [] : [{ tcp: tlsListener(tls) }]),
    ],
    api_addr: `http://127.0.0.1:${port}`,
    cluster_addr: `http://127.0.0.1:${clusterPort}`,
    // The gauges walk the whole store.
    telemetry: { disable_hostname: true, usage_gauge_period: 'none' },
    disable_mlock: true,
    log_level: 'warn',
  };
}

function tlsListener({ port, clusterPort, certFile, keyFile }: TlsListener): object {
  return {
    address: `127.0.0.1:${port}`,
    cluster_address: `127.0.0.1:${clusterPort}`,
    tls_cert_file: certFile,
    tls_key_file: keyFile,
  };
}

/** https://openbao.org/docs/configuration/seal/static/ */
function staticSeal({ sealKeyFile }: ClusterPlace): object {
  return { static: { current_key_id: 'key', current_key: `file://${sealKeyFile}` } };
}
