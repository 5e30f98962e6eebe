import { createReadStream } from 'node:fs';
import { homedir } from 'node:os';
import { text } from 'node:stream/consumers';
import { systemClock } from '../observability/system-clock.ts';
import { listSystemFolder, readSystemFile } from '../observability/system-files.ts';
import type { Terminal } from './cli-context.ts';
import { runCli } from './run-cli.ts';

/** Keeps the process alive: our timers and idle connections do not, so it could end in mid-command. */
const HEARTBEAT_MS = 60_000;

/** The command line of this process, until it is done; the exit code is set, not forced. */
export async function main(): Promise<void> {
  const heartbeat = setInterval(() => undefined, HEARTBEAT_MS);
  // The reader may go, as with `| head` or a log collector that is restarted. The command goes on to
  // its end all the same, unless it only looks: `init` must not stop half-way, and `serve` may hold
  // the only copy of tokens.
  let isRead = true;
  process.stdout.on('error', () => {
    isRead = false;
  });
  process.stderr.on('error', () => undefined);
  try {
    process.exitCode = await runCli(process.argv.slice(2), {
      env: process.env,
      execArgv: process.execArgv,
      home: homedir(),
      clock: systemClock,
      readFile: readSystemFile,
      listFolder: listSystemFolder,
      readPieces: (path) => createReadStream(path),
      signals: process,
      readStdin: () => text(process.stdin),
      isRead: () => isRead,
      print: (line) => void process.stdout.write(`${line}\n`),
      complain: (line) => void process.stderr.write(`${line}\n`),
      terminal: process.stderr.isTTY ? terminalOf(process.stderr) : undefined,
    });
  } finally {
    clearInterval(heartbeat);
  }
}

function terminalOf(stream: NodeJS.WriteStream): Terminal {
  return {
    // It changes with the window.
    get columns() {
      return stream.columns;
    },
    write: (text) => void stream.write(text),
  };
}
