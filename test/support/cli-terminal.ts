import { EventEmitter } from 'node:events';
import type { CliContext } from '../../src/cli/cli-context.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import { systemClock } from '../../src/observability/system-clock.ts';

export interface TerminalOptions {
  readonly env?: CliContext['env'];
  readonly execArgv?: readonly string[];
  /** Text by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Path of a file that cannot be read to its end. */
  readonly breaksOff?: string;
  readonly stdin?: string;
  readonly clock?: CliContext['clock'];
  /** After so many lines nobody reads the result any more. */
  readonly readsLines?: number;
  /** Is told what is drawn on standard error, as on one that somebody watches. */
  readonly draw?: (text: string) => void;
  /** Emits SIGINT where the test interrupts the command. */
  readonly signals?: EventEmitter;
}

export interface TypedCommand {
  readonly exitCode: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

/** Types one command of `tokenvault`, in this process and with nothing of the machine around it. */
export async function typeCommand(
  args: readonly string[],
  options: TerminalOptions = {},
): Promise<TypedCommand> {
  const { env = {}, execArgv = [], files = {}, breaksOff, stdin = '' } = options;
  const {
    readsLines = Number.POSITIVE_INFINITY,
    clock = systemClock,
    draw,
    signals = new EventEmitter(),
  } = options;
  const stdout: string[] = [];
  const stderr: string[] = [];
  const exitCode = await runCli(args, {
    env,
    execArgv,
    home: '/home/operator',
    clock,
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return text;
    },
    listFolder(folder) {
      const names = Object.keys(files).filter((path) => path.startsWith(`${folder}/`));
      return names.map((path) => path.slice(folder.length + 1));
    },
    async *readPieces(path) {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      yield Buffer.from(text, 'latin1');
      if (path === breaksOff) throw new Error('input/output error');
    },
    signals,
    readStdin: async () => stdin,
    print: (line) => void stdout.push(line),
    isRead: () => stdout.length < readsLines,
    complain: (line) => void stderr.push(line),
    terminal: draw && { columns: 80, write: draw },
  });
  return { exitCode, stdout, stderr };
}
