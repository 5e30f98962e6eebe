import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { AppCalls } from './app-calls.ts';
import type { AppWorld } from './app-world.ts';

/** `tokenvault serve` in a process of its own. */
export interface AppProcess {
  readonly port: number;
  /** Where it answers /livez, /readyz and /metrics. */
  readonly opsPort: number;
  readonly calls: AppCalls;
  /** Everything that it has written to stdout and stderr. */
  readonly printed: readonly string[];
  /** Its exit code, when it has ended. */
  readonly ended: Promise<number | null>;
  signal(name: NodeJS.Signals): void;
  /** As the machine's power going, for this process: nothing of it runs any more. */
  kill(): Promise<void>;
  /** As an operator stops it. @returns the exit code */
  terminate(): Promise<number | null>;
}

export interface AppProcessOptions {
  /** Configuration by dotted key, over the world's. */
  readonly set?: Readonly<Record<string, string>>;
  /** The log line to wait for; before `serving` it has no gRPC port. Default: `serving`. */
  readonly until?: 'ops_listening' | 'serving';
  /** For Node, before the script. */
  readonly nodeArgs?: readonly string[];
  /** Beside PATH, which is all that it gets otherwise. */
  readonly env?: Readonly<Record<string, string>>;
}

const LAUNCHER = path.resolve(import.meta.dirname, '../../bin/tokenvault.js');

/** Starts it with the world's configuration, on free ports; resolves when it serves. */
export async function startAppProcess(
  world: AppWorld,
  options: AppProcessOptions = {},
): Promise<AppProcess> {
  const { nodeArgs = [], until = 'serving' } = options;
  const settings = Object.entries({ ...world.flags, ...options.set });
  const flags = settings.flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const args = [...nodeArgs, LAUNCHER, 'serve', '--config', world.configFile, ...flags];
  // Of the environment nothing but what Node itself may need: VAULT_* would be read.
  const env = { PATH: process.env.PATH, ...options.env };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  // With all that it printed, which may come after the exit.
  const ended = once(child, 'close');
  const killWithParent = () => child.kill('SIGKILL');
  process.on('exit', killWithParent);
  void ended.then(() => process.off('exit', killWithParent));

  const printed: string[] = [];
  const { opsPort, port } = await Promise.race([
    printedPorts(child, printed, until),
    ended.then(() => {
      throw new Error(`TokenVault did not start:\n${printed.join('\n')}`);
    }),
  ]);
  const calls = new AppCalls(world, port);
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    calls.close();
    child.kill(signal);
    await ended;
    return child.exitCode;
  };
  return {
    port,
    opsPort,
    calls,
    printed,
    ended: ended.then(() => child.exitCode),
    signal: (name) => void child.kill(name),
    kill: async () => void (await end('SIGKILL')),
    terminate: () => end('SIGTERM'),
  };
}

interface Ports {
  readonly opsPort: number;
  readonly port: number;
}

/** Keeps all lines in `printed`, and finds the ports that those up to the line `until` name. */
function printedPorts(
  { stdout, stderr }: ChildProcess,
  printed: string[],
  until: string,
): Promise<Ports> {
  const ports = { opsPort: 0, port: 0 };
  return new Promise((resolve) => {
    for (const stream of [stdout, stderr]) {
      if (stream === null) continue;
      createInterface(stream).on('line', (line) => {
        printed.push(line);
        const [, event, port] = /"event":"(\w+)".*"port":(\d+)/.exec(line) ?? [];
        if (event === 'ops_listening') ports.opsPort = Number(port);
        if (event === 'serving') ports.port = Number(port);
        if (event === until) resolve(ports);
      });
    }
  });
}
