import { SeededNumbers } from '../../test/support/seeded-numbers.ts';
import type { ProofContext, Verdict } from '../proof.ts';
import { FloodedServer, type Memory } from './flooded-server.ts';
import { FLOODS } from './floods.ts';

const FULL = 1_000_000;
const QUICK = 4_000;
/** Each with a seed of its own. */
const PARTS = 20;
const FIRST_SEED = 20_261_123;
/** From a tenth of the inputs to all of them, which is room for what Node keeps and not for a leak. */
const MOST_GROWTH = { heapUsed: 4e6, rss: 48e6 };

/** What grew between a tenth of the inputs and all of them. */
interface Reading extends Memory {
  readonly inputs: number;
}

/**
 * A million messages, calls and HTTP/2 frames that were changed at random end no server process, make
 * it print no defect and no warning, and leave nothing behind in its memory.
 */
export async function proveFrames({ directory, quick, print }: ProofContext): Promise<Verdict> {
  await using started = new AsyncDisposableStack();
  const server = await FloodedServer.start(directory);
  started.defer(() => server.stop());
  const inputs = (quick ? QUICK : FULL) / PARTS;
  const readings: Reading[] = [];
  print(
    `${inputs * PARTS} inputs, ${PARTS} seeds from ${FIRST_SEED} on; memory after a collection`,
  );
  print('   inputs  seconds  heap MB  external MB  rss MB');
  const startedAt = performance.now();
  for (let part = 1; part <= PARTS; part += 1) {
    const sent = await sendPart(server, FIRST_SEED + part, inputs).catch(wrongEnd);
    if (typeof sent === 'string')
      return { held: false, sentence: `seed ${FIRST_SEED + part}: ${sent}` };
    const before = readings.at(-1)?.inputs ?? 0;
    const reading = { inputs: before + sent, ...(await server.memory()) };
    readings.push(reading);
    print(lineOf(reading, (performance.now() - startedAt) / 1_000));
  }
  return verdict(server, readings);
}

/** @returns how many inputs it were, in whole batches */
async function sendPart(server: FloodedServer, seed: number, inputs: number): Promise<number> {
  let sent = 0;
  for (const [index, flood] of FLOODS.entries()) {
    const numbers = new SeededNumbers(seed * FLOODS.length + index);
    const flooding = await flood.open(server.dialled, numbers);
    const batches = Math.ceil((inputs * flood.share) / flood.batch);
    for (let done = 0; done < batches; done += 1) await flooding.send();
    flooding.close();
    sent += batches * flood.batch;
  }
  return sent;
}

/** What a flood says of an input that ended as none may, also where the server has gone. */
function wrongEnd(error: unknown): string {
  return error instanceof Error ? error.message : 'an unknown error';
}

function lineOf({ inputs, heapUsed, external, rss }: Reading, seconds: number): string {
  const columns = [
    String(inputs).padStart(9),
    seconds.toFixed(0).padStart(7),
    megabytes(heapUsed).padStart(7),
    megabytes(external).padStart(11),
    megabytes(rss).padStart(6),
  ];
  return columns.join('  ');
}

function verdict(server: FloodedServer, readings: readonly Reading[]): Verdict {
  const last = readings.at(-1);
  const first = readings[PARTS / 10 - 1];
  if (first === undefined || last === undefined) throw new Error('Nothing was read.');
  const grown = (what: 'heapUsed' | 'rss') => last[what] - first[what];
  const { exits, logLines } = server;
  const isFlat = grown('heapUsed') <= MOST_GROWTH.heapUsed && grown('rss') <= MOST_GROWTH.rss;
  const growth = (what: 'heapUsed' | 'rss') =>
    `${megabytes(grown(what))} MB (at most ${megabytes(MOST_GROWTH[what])})`;
  const sentence = [
    `${last.inputs} inputs, ${exits} exits, ${logLines.length} lines in its log`,
    `from a tenth of them to all the heap grew by ${growth('heapUsed')}, the process by ${growth('rss')}.`,
  ].join('; ');
  return { held: exits === 0 && logLines.length === 0 && isFlat, sentence };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
