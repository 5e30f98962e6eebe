import { setTimeout as wait } from 'node:timers/promises';
import { TokenVaultError } from '../../src/client/token-vault-error.ts';
import { SteadyLoad } from '../sigterm/steady-load.ts';
import { type Memory, OverloadedService } from './overloaded-service.ts';
import { megabytes, type SceneVerdict, type Stage, throughProxy } from './scene.ts';
import { reasonsOf, Services } from './services.ts';

export interface HangingSizes {
  readonly seconds: number;
  readonly callsPerSecond: number;
  readonly users: number;
}

/** What hangs, and how it is made to. */
export interface Hanging {
  readonly what: 'Google' | 'Vault';
  begin(): unknown;
  end(): unknown;
}

const TIMEOUT_MS = 15_000;
const LOOK_MS = 1_000;
/** Of `callsPerSecond`, each with its deadline, and what stays when all is over. */
const MOST_HEAP_UNDER_LOAD = 96 * 1_048_576;
const MOST_HEAP_AFTERWARDS = 12 * 1_048_576;
const MOST_RSS = 256 * 1_048_576;
const MOST_SECONDS_TO_SERVE = 30;

/** Services ask on for users whose tokens are in nobody's memory, while nothing is answered. */
export async function playHanging(
  stage: Stage,
  hanging: Hanging,
  sizes: HangingSizes,
): Promise<SceneVerdict> {
  const { world, crowd, print, logFile } = stage;
  await using started = new AsyncDisposableStack();
  const set = throughProxy(stage);
  const { configFile } = world;
  const service = await OverloadedService.start({ configFile, set, logFile }, started);
  const users = await crowd.connect(`hanging-${hanging.what}`, sizes.users);
  const [warm = ''] = await crowd.connect(`warm-${hanging.what}`, 1);
  const atOnce = (sizes.callsPerSecond * TIMEOUT_MS) / 1_000;
  const terms = { world, port: service.port, atOnce, timeoutMs: TIMEOUT_MS };
  const services = new Services({ ...terms, retries: false });
  started.defer(() => services.close());
  await services.insist(warm);
  const before = await service.memory();

  const calls = new Calls(services);
  await hanging.begin();
  const load = new SteadyLoad({
    what: 'GetAccessToken',
    callers: [(user) => calls.make(user)],
    perSecond: sizes.callsPerSecond,
    userOf: (index) => users[index % users.length] ?? '',
  });
  const worst = await watch(sizes.seconds, service, load);
  await hanging.end();
  const endedAt = performance.now();
  await load.stop();
  await Promise.all(users.map((user) => services.insist(user)));
  const served = (performance.now() - endedAt) / 1_000;
  const after = await service.memory();

  print(`${hanging.what} hangs for ${sizes.seconds} s under ${sizes.callsPerSecond} calls/s`);
  print(
    `  ${calls.ended} calls ended, the slowest after ${calls.slowest.toFixed(1)} s: ${reasonsOf(calls.failures)}`,
  );
  print(
    `  open at most ${worst.open} calls and ${worst.resources} sockets and timers (${before.resources} before)`,
  );
  print(
    `  heap ${megabytes(before.heapUsed)} MB, ${megabytes(worst.heapUsed)} at most, ${megabytes(after.heapUsed)} afterwards; process ${megabytes(before.rss)} MB, ${megabytes(worst.rss)} at most`,
  );
  const held =
    calls.unanswered === 0 &&
    worst.heapUsed - before.heapUsed <= MOST_HEAP_UNDER_LOAD &&
    after.heapUsed - before.heapUsed <= MOST_HEAP_AFTERWARDS &&
    worst.rss - before.rss <= MOST_RSS &&
    served <= MOST_SECONDS_TO_SERVE;
  const figures = `${hanging.what} hung for ${sizes.seconds} s: ${calls.unanswered} of ${calls.ended} calls without a reason, heap +${megabytes(after.heapUsed - before.heapUsed)} MB, all ${sizes.users} users served within ${served.toFixed(1)} s`;
  return { held, figures };
}

/** The most of everything that was seen while nothing was answered. */
async function watch(seconds: number, service: OverloadedService, load: SteadyLoad) {
  const worst: Memory & { open: number } = { heapUsed: 0, rss: 0, resources: 0, open: 0 };
  const endAt = performance.now() + seconds * 1_000;
  while (performance.now() < endAt) {
    await wait(LOOK_MS);
    const seen = { ...(await service.memory()), open: load.underWay };
    for (const name of ['heapUsed', 'rss', 'resources', 'open'] as const) {
      worst[name] = Math.max(worst[name], seen[name]);
    }
  }
  return worst;
}

/** Counts how calls ended, and how long the slowest took. */
class Calls {
  readonly #services: Services;
  readonly failures: TokenVaultError[] = [];
  ended = 0;
  /** Seconds. */
  slowest = 0;

  constructor(services: Services) {
    this.#services = services;
  }

  /** Calls to which only the deadline put an end, or the gRPC library something else. */
  get unanswered(): number {
    return this.failures.filter(({ reason }) => reason === undefined).length;
  }

  async make(user: string): Promise<void> {
    const sentAt = performance.now();
    try {
      await this.#services.get(user);
    } catch (error) {
      if (!(error instanceof TokenVaultError)) throw error;
      this.failures.push(error);
    } finally {
      this.ended += 1;
      this.slowest = Math.max(this.slowest, (performance.now() - sentAt) / 1_000);
    }
  }
}
