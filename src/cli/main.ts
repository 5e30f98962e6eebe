import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { text } from 'node:stream/consumers';
import { systemClock } from '../observability/system-clock.ts';
import { runCli } from './run-cli.ts';

/** Keeps the process alive: our timers and idle connections do not, so it could end in mid-command. */
const HEARTBEAT_MS = 60_000;

/** The command line of this process, until it is done; the exit code is set, not forced. */
export async function main(): Promise<void> {
  const heartbeat = setInterval(() => undefined, HEARTBEAT_MS);
  // The reader has gone, as with `| head`: there is nobody left to tell.
  process.stdout.once('error', () => process.exit());
  try {
    process.exitCode = await runCli(process.argv.slice(2), {
      env: process.env,
      home: homedir(),
      clock: systemClock,
      readFile: (path) => readFileSync(path, 'utf8'),
      signals: process,
      readStdin: () => text(process.stdin),
      print: (line) => void process.stdout.write(`${line}\n`),
      complain: (line) => void process.stderr.write(`${line}\n`),
    });
  } finally {
    clearInterval(heartbeat);
  }
}
