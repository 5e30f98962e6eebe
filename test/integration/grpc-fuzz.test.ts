import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLOODS, type Flooding } from '../../proofs/frames/floods.ts';
import {
  getAccessToken,
  type RunningGrpcServer,
  runGrpcServer,
} from '../support/running-grpc-server.ts';
import { SeededNumbers } from '../support/seeded-numbers.ts';

/** How many inputs are made in all; `npm run prove -- frames` makes a million. */
const CASES = 4_000;
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_123);
const LEAK_BYTES = 16_000_000;
const TIMEOUT_MS = 60_000;

let running: RunningGrpcServer;

beforeAll(async () => {
  running = await runGrpcServer();
});

afterAll(async () => {
  // An error that nobody caught fails the run by itself; this says that the server still serves.
  expect(await getAccessToken(running.client)).toHaveProperty('reply');
  running.client.close();
  await running.server.stop(0);
});

/** What was recorded would look like a leak. */
function forget(): void {
  running.logger.lines.length = 0;
  running.metrics.recorded.length = 0;
  running.vault.requests.length = 0;
  running.vault.contexts.length = 0;
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
// Other files share this process, and their contexts are made as always.
setFlagsFromString('--no-expose-gc');

function heapBytes(): number {
  forget();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Sends so many batches, and checks that memory stays where it was after the first quarter. */
async function sendBatches(flooding: Flooding, batches: number): Promise<void> {
  const warm = Math.ceil(batches / 4);
  for (let done = 0; done < warm; done += 1) await flooding.send();
  const before = heapBytes();
  for (let done = warm; done < batches; done += 1) {
    await flooding.send();
    forget();
  }
  expect(heapBytes() - before).toBeLessThan(LEAK_BYTES);
}

describe(`with seed ${SEED}, the server outlives`, () => {
  it.each(FLOODS)('$what', { timeout: TIMEOUT_MS }, async (flood) => {
    const numbers = new SeededNumbers(SEED + FLOODS.indexOf(flood));
    const flooding = await flood.open(running, numbers);
    await sendBatches(flooding, Math.ceil((CASES * flood.share) / flood.batch));
    flooding.close();
  });
});
