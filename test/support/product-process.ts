import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { childEnvironment } from './child-environment.ts';

/** `tokenvault …` in a process of its own. */
export interface ProductProcess {
  /** Everything that it has written to stdout and stderr. */
  readonly printed: readonly string[];
  /** Its exit code, when it has ended and all that it printed is there. */
  readonly ended: Promise<number | null>;
  /** The lines of its log with this event. */
  logged(event: string): readonly Readonly<Record<string, unknown>>[];
  /** The port that the first line with this event names, once it is there. */
  portOf(event: string): Promise<number>;
  signal(name: NodeJS.Signals): void;
  /** As the machine's power going, for this process: nothing of it runs any more. */
  kill(): Promise<void>;
}

export interface ProductProcessOptions {
  /** For Node, before the script. */
  readonly nodeArgs?: readonly string[];
  /** Beside `childEnvironment`, which is all that it gets otherwise. */
  readonly env?: Readonly<Record<string, string>>;
}

const LAUNCHER = path.resolve(import.meta.dirname, '../../bin/tokenvault.js');

export function startProduct(
  args: readonly string[],
  { nodeArgs = [], env = {} }: ProductProcessOptions = {},
): ProductProcess {
  const child = spawn(process.execPath, [...nodeArgs, LAUNCHER, ...args], {
    env: { ...childEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close').then(() => child.exitCode);
  const killWithParent = () => child.kill('SIGKILL');
  process.on('exit', killWithParent);
  void ended.then(() => process.off('exit', killWithParent));

  const printed: string[] = [];
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      printed.push(line);
      for (const look of waiting) look();
    });
  }
  const logged = (event: string) =>
    printed.filter((line) => line.includes(`"event":"${event}"`)).map((line) => JSON.parse(line));
  const portOf = (event: string) =>
    new Promise<number>((resolve, reject) => {
      const look = () => {
        const [line] = logged(event);
        if (line === undefined) return;
        waiting.delete(look);
        resolve(Number(line.port));
      };
      waiting.add(look);
      void ended.then(() => reject(new Error(`It ended without ${event}:\n${printed.join('\n')}`)));
      look();
    });
  return {
    printed,
    ended,
    logged,
    portOf,
    signal: (name) => void child.kill(name),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A Node argument that plants a defect, which comes to light on SIGUSR2. */
export function defect(statement: string): readonly string[] {
  const code = `process.on('SIGUSR2', () => { ${statement} });`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}
