import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Answer } from './servers/child.ts';

export interface ServerOptions {
  /** One of `servers/`. */
  readonly file: string;
  /** Its command line. */
  readonly args: readonly string[];
  /** Takes what it prints: a service that logs to nowhere would look cheaper than it is. */
  readonly logFile: string;
  /** Node's own flags. */
  readonly flags?: readonly string[];
}

const answer = z.record(z.string(), z.number());
const START_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 60_000;

/** A server in a process of its own, so that its CPU time and memory are nobody else's. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start({ file, args, logFile, flags }: ServerOptions): Promise<ServerProcess> {
    const log = openSync(logFile, 'a', 0o600);
    const child = fork(join(import.meta.dirname, 'servers', file), args, {
      execArgv: [...(flags ?? [])],
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${file} did not start: see ${logFile}.`);
    });
    const signal = AbortSignal.timeout(START_TIMEOUT_MS);
    const [ready] = await Promise.race([once(child, 'message', { signal }), ended]);
    const { port = 0 } = answer.parse(ready);
    return new ServerProcess(child, port);
  }

  /** One question at a time. */
  async ask(question: string): Promise<Answer> {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const answered = once(this.#child, 'message', { signal });
    this.#child.send(question);
    const [message] = await answered;
    return answer.parse(message);
  }

  /** CPU time so far, microseconds. */
  async cpuUs(): Promise<number> {
    const { us = Number.NaN } = await this.ask('cpu');
    return us;
  }

  async stop(): Promise<void> {
    // Where it has ended by itself, the measure that needed it has failed already.
    if (!this.#child.connected) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}
