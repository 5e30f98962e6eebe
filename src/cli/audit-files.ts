import { createGunzip } from 'node:zlib';
import type { CliContext } from './cli-context.ts';
import { UsageError } from './usage-error.ts';

/** Of a file without line ends, such as one that is no audit at all. */
const LONGEST_LINE = 1024 * 1024;

/**
 * The lines of an audit file, a character for each byte; what is left after the last line end counts
 * as a line. Names that end in `.gz` are unpacked.
 * @throws UsageError when it cannot be read
 */
export async function* auditLines(context: CliContext, path: string): AsyncGenerator<string> {
  const pieces = context.readPieces(path);
  try {
    yield* linesOf(path.endsWith('.gz') ? unpacked(pieces) : pieces);
  } catch {
    // Absent, unreadable or not packed: the name says where to look.
    throw new UsageError(`Cannot read the audit file ${path}: check the path.`);
  }
}

async function* unpacked(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const feed = async () => {
    for await (const piece of pieces) {
      if (!gunzip.write(piece)) await new Promise((resolve) => gunzip.once('drain', resolve));
    }
    gunzip.end();
  };
  feed().catch((error: unknown) => gunzip.destroy(error instanceof Error ? error : undefined));
  yield* gunzip;
}

async function* linesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length <= LONGEST_LINE) continue;
    yield rest;
    rest = '';
  }
  if (rest !== '') yield rest;
}
