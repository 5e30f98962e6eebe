import type { Environment } from '../config/environment.ts';
import type { ListFolder, ReadFile } from '../config/files.ts';
import type { Clock } from '../domain/clock.ts';

/** What can be written over. */
export interface Terminal {
  readonly columns: number;
  write(text: string): void;
}

/** Everything that a command needs of the process that it runs in. */
export interface CliContext {
  readonly env: Environment;
  /** Node's own flags. */
  readonly execArgv: readonly string[];
  /** The user's home folder. */
  readonly home: string;
  readonly clock: Clock;
  /** Relative paths start from the folder that the command was typed in. */
  readonly readFile: ReadFile;
  readonly listFolder: ListFolder;
  /** A file piece by piece, for those that may be larger than memory. Throws where it cannot be read. */
  readPieces(path: string): AsyncIterable<Buffer>;
  readStdin(): Promise<string>;
  /** Emits SIGTERM and SIGINT: the process. */
  readonly signals: NodeJS.EventEmitter;
  /** Writes one line of the result. */
  print(line: string): void;
  /** False once nobody reads the result any more, as after `| head`. */
  isRead(): boolean;
  /** Writes one line beside the result: errors and hints. */
  complain(line: string): void;
  /** Standard error, where somebody watches it. */
  readonly terminal: Terminal | undefined;
}
