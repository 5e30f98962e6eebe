import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createCertificateAuthority } from '../../src/dev/certificates.ts';
import { type Dialled, OPERATOR } from '../../test/support/running-grpc-server.ts';

const ready = z.object({ port: z.number() });
const memory = z.object({ rss: z.number(), heapUsed: z.number(), external: z.number() });
/** Bytes, after a collection of garbage. */
export type Memory = z.infer<typeof memory>;

const SERVER = join(import.meta.dirname, 'server.ts');
const ANSWER_TIMEOUT_MS = 60_000;

/** The server that is flooded, in a process of its own: its memory is nobody else's, and its end is seen. */
export class FloodedServer {
  readonly dialled: Dialled;
  readonly #child: ChildProcess;
  readonly #logFile: string;

  private constructor(child: ChildProcess, dialled: Dialled, logFile: string) {
    this.#child = child;
    this.dialled = dialled;
    this.#logFile = logFile;
  }

  static async start(directory: string): Promise<FloodedServer> {
    const authority = await createCertificateAuthority('frames');
    const pair = await authority.issueServer(['localhost', '127.0.0.1']);
    const files = ['cert.pem', 'key.pem', 'ca.pem'].map((name) => join(directory, name));
    const texts = [pair.cert, pair.key, authority.cert];
    await Promise.all(files.map((file, index) => writeFile(file, texts[index] ?? '')));
    const logFile = join(directory, 'server.log');
    const log = openSync(logFile, 'a', 0o600);
    const stdio = ['ignore', log, log, 'ipc'] as const;
    const child = fork(SERVER, files, { execArgv: ['--expose-gc'], stdio: [...stdio] });
    closeSync(log);
    const { port } = ready.parse(await answerOf(child));
    // One certificate for all connections: making them would take longer than what they are for.
    const client = authority.issueClient(OPERATOR);
    const known = { cert: authority.cert, issueClient: () => client };
    return new FloodedServer(child, { address: `127.0.0.1:${port}`, authority: known }, logFile);
  }

  /** 0, or 1 when it has ended by itself. */
  get exits(): number {
    return this.#child.exitCode === null && this.#child.signalCode === null ? 0 : 1;
  }

  /** What it printed: defects and warnings alone. */
  get logLines(): readonly string[] {
    return readFileSync(this.#logFile, 'utf8').split('\n').filter(Boolean);
  }

  async memory(): Promise<Memory> {
    const answered = answerOf(this.#child);
    this.#child.send('memory');
    return memory.parse(await answered);
  }

  async stop(): Promise<void> {
    if (!this.#child.connected) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new Error('The server has ended.');
  });
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), ended]);
    return message;
  } finally {
    done.abort();
  }
}
