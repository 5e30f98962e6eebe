import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { docCommands } from '../support/doc-commands.ts';

/** What downloads and builds may take. */
const MADE_WITHIN_MS = 280_000;
/** More than the program's own deadlines together. */
const RAN_WITHIN_MS = 90_000;
const PROBED_WITHIN_MS = 60_000;

const CLONE = path.resolve(import.meta.dirname, '../..');
/** What the README of an example has for the development stack. */
const README = {
  address: 'localhost:50051',
  files: '$CLONE/.tokenvault/dev',
  caller: 'drive-worker',
  google: 'http://127.0.0.1:4800',
  userId: '108000000000000000002',
};

/** What stands in a test where the README names the development stack. */
export type Surroundings = Readonly<typeof README>;

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory that was empty, in which nothing is typed but what the README of an example says. */
export class Workplace {
  readonly #folder: string;
  readonly #readme: string;

  private constructor(folder: string, language: string) {
    this.#folder = folder;
    this.#readme = `../examples/${language}/README.md`;
  }

  static async open(language: string): Promise<Workplace> {
    return new Workplace(await mkdtemp(path.join(tmpdir(), `tokenvault-${language}-`)), language);
  }

  /** Types what is below a heading. */
  async follow(heading: string): Promise<Ended> {
    return this.type((await docCommands(this.#readme, heading)).join('\n'), MADE_WITHIN_MS);
  }

  /** Runs the example, in other surroundings than the README's. */
  async run(surroundings: Surroundings): Promise<Ended> {
    let commands = (await docCommands(this.#readme, '## Run')).join('\n');
    for (const [name, standsThere] of Object.entries(README)) {
      if (!commands.includes(standsThere)) throw new Error(`${this.#readme} lacks ${standsThere}.`);
      // Of the same keys.
      commands = commands.replaceAll(standsThere, surroundings[name as keyof Surroundings]);
    }
    return this.type(commands, RAN_WITHIN_MS);
  }

  close(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }

  /** What it started dies with it when its time is over: then the code is -1. */
  async type(commands: string, withinMs = MADE_WITHIN_MS): Promise<Ended> {
    const bash = spawn('bash', ['-euc', commands], {
      cwd: this.#folder,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own.
      detached: true,
    });
    const timer = setTimeout(() => bash.pid !== undefined && killGroup(bash.pid), withinMs);
    try {
      const exited = once(bash, 'exit');
      const [[code], stdout, stderr] = await Promise.all([
        exited,
        text(bash.stdout),
        text(bash.stderr),
      ]);
      return { code: code ?? -1, stdout, stderr };
    } finally {
      clearTimeout(timer);
    }
  }
}

function killGroup(leader: number): void {
  process.kill(-leader, 'SIGKILL');
}

/** The developer's, with the caches and registries of each language, but nothing of TokenVault. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:TOKENVAULT|GOOGLE)_/.test(name),
  );
  return { ...Object.fromEntries(kept), CLONE };
}

/** Whether a tool of the language is there, by a command that only looks. */
export function isThere([command = '', ...args]: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: PROBED_WITHIN_MS }).status === 0;
}
