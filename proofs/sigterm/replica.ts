import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { childEnvironment } from '../../test/support/child-environment.ts';

export interface ReplicaOptions {
  readonly configFile: string;
  /** Of loopback; the same for each start. */
  readonly port: number;
  /** Takes what it prints, of every start. */
  readonly logFile: string;
}

/** How a replica ended that was told to. */
export interface ReplicaEnd {
  readonly exitCode: number | null;
  /** From the signal to the end of the process. */
  readonly ms: number;
  /** Calls that it answered after it had taken the signal. */
  readonly answered: number;
}

const LAUNCHER = resolve(import.meta.dirname, '../../bin/tokenvault.js');

/** `tokenvault serve` in a process of its own. */
export class Replica {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #log: WriteStream;
  readonly #serving: Promise<void>;
  readonly #called: Promise<void>;
  #isStopping = false;
  #answered = 0;

  private constructor(child: ChildProcess, stdout: NodeJS.ReadableStream, log: WriteStream) {
    this.#child = child;
    this.#log = log;
    this.#ended = once(child, 'exit');
    const killWithParent = () => child.kill('SIGKILL');
    process.on('exit', killWithParent);
    void this.#ended.then(() => process.off('exit', killWithParent));
    const serving = Promise.withResolvers<void>();
    const called = Promise.withResolvers<void>();
    this.#serving = serving.promise;
    this.#called = called.promise;
    createInterface(stdout).on('line', (line) => {
      log.write(`${line}\n`);
      if (line.includes('"event":"serving"')) serving.resolve();
      if (line.includes('"event":"stopping"')) this.#isStopping = true;
      if (!line.includes('"event":"rpc"')) return;
      called.resolve();
      if (this.#isStopping) this.#answered += 1;
    });
  }

  /** Resolves when it serves. */
  static async start({ configFile, port, logFile }: ReplicaOptions): Promise<Replica> {
    const keys = [
      `listen.address=127.0.0.1:${port}`,
      'ops.address=127.0.0.1:0',
      // Ends are what is tried, not a machine that is slow.
      'vault.request_timeout=10s',
      // So that each call that ends well has its line.
      'log.level=debug',
    ];
    const set = keys.flatMap((key) => ['--set', key]);
    const child = spawn(process.execPath, [LAUNCHER, 'serve', '--config', configFile, ...set], {
      env: childEnvironment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const replica = new Replica(child, child.stdout, createWriteStream(logFile, { flags: 'a' }));
    await Promise.race([replica.#serving, replica.#endedEarly()]);
    return replica;
  }

  /** Resolves when it has answered a call. */
  called(): Promise<void> {
    return this.#called;
  }

  /** As an orchestrator stops it. */
  async terminate(): Promise<ReplicaEnd> {
    const since = performance.now();
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    await closed;
    const ms = performance.now() - since;
    this.#log.end();
    return { exitCode: this.#child.exitCode, ms, answered: this.#answered };
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async #endedEarly(): Promise<never> {
    await this.#ended;
    throw new Error('A replica did not start.');
  }
}
