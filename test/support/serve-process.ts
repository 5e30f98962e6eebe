import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { childEnvironment } from './child-environment.ts';
import { steadyPorts } from './steady-ports.ts';
import { until } from './until.ts';

export interface ServeOptions {
  readonly configFile: string;
  /** Configuration by dotted key, over the file. */
  readonly flags: Readonly<Record<string, string>>;
  /** Where its output goes. */
  readonly output: string;
}

const LAUNCHER = path.resolve(import.meta.dirname, '../../bin/tokenvault.js');
const PROBE_MS = 2_000;

/** `tokenvault serve` in a process whose output goes into a file, which may be one that takes nothing. */
export class ServeProcess {
  readonly port: number;
  readonly opsPort: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess, [port = 0, opsPort = 0]: readonly number[]) {
    this.#child = child;
    this.port = port;
    this.opsPort = opsPort;
    this.#ended = once(child, 'exit');
    const killWithParent = () => child.kill('SIGKILL');
    process.on('exit', killWithParent);
    void this.#ended.then(() => process.off('exit', killWithParent));
  }

  /** Starts the process, which is not ready yet. */
  static async spawn(options: ServeOptions): Promise<ServeProcess> {
    const ports = await steadyPorts(2);
    const settings = {
      ...options.flags,
      'listen.address': `localhost:${ports[0]}`,
      'ops.address': `127.0.0.1:${ports[1]}`,
    };
    const flags = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const args = [LAUNCHER, 'serve', '--config', options.configFile, ...flags];
    // What is there already may be of an earlier process; /dev/full takes no appending either.
    const output = await open(options.output, 'a');
    const env = childEnvironment();
    const stdio: ('ignore' | number)[] = ['ignore', output.fd, output.fd];
    const child = spawn(process.execPath, args, { env, stdio });
    await output.close();
    return new ServeProcess(child, ports);
  }

  /** Its exit code, or its signal, once it has ended. */
  get end(): string | undefined {
    const { exitCode, signalCode } = this.#child;
    return exitCode === null ? (signalCode ?? undefined) : String(exitCode);
  }

  /** As an orchestrator asks. */
  async isReady(): Promise<boolean> {
    const signal = AbortSignal.timeout(PROBE_MS);
    const asked = fetch(`http://127.0.0.1:${this.opsPort}/readyz`, { signal });
    return asked.then(
      async (response) => {
        await response.arrayBuffer();
        return response.ok;
      },
      // Not listening yet, or frozen.
      () => false,
    );
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** As the machine's power going, for this process. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** As an operator stops it. @returns how it ended */
  async terminate(): Promise<string | undefined> {
    this.#child.kill('SIGTERM');
    await this.#ended;
    return this.end;
  }
}

/** Starts one and waits until it is ready. @throws Error with its output, where it is a file */
export async function startServe(options: ServeOptions): Promise<ServeProcess> {
  const started = await ServeProcess.spawn(options);
  await until('tokenvault serve is ready', async () => {
    if (started.end === undefined) return started.isReady();
    throw new Error(`It ended with ${started.end}:\n${await readFile(options.output, 'utf8')}`);
  });
  return started;
}
