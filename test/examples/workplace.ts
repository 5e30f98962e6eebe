import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { docCommands } from '../support/doc-commands.ts';

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
    return this.#type((await docCommands(this.#readme, heading)).join('\n'));
  }

  /** Runs the example, in other surroundings than the README's. */
  async run(surroundings: Surroundings): Promise<Ended> {
    let commands = (await docCommands(this.#readme, '## Run')).join('\n');
    for (const [name, standsThere] of Object.entries(README)) {
      if (!commands.includes(standsThere)) throw new Error(`${this.#readme} lacks ${standsThere}.`);
      // Of the same keys.
      commands = commands.replaceAll(standsThere, surroundings[name as keyof Surroundings]);
    }
    return this.#type(commands);
  }

  close(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }

  #type(commands: string): Promise<Ended> {
    const options = { cwd: this.#folder, env: environment(), maxBuffer: 16 * 1024 * 1024 };
    return new Promise((resolve, reject) => {
      execFile('bash', ['-euc', commands], options, (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
        else reject(error);
      });
    });
  }
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
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
