import { OverloadedService } from './overloaded-service.ts';
import type { SceneVerdict, Stage } from './scene.ts';
import { reasonsOf, Services } from './services.ts';

export interface ThrottledSizes {
  readonly users: number;
  /** What Google takes in a second. */
  readonly perSecond: number;
  readonly retryAfterS: number;
  /** `limits.refreshes`. */
  readonly places: number;
}

/** How long Google takes for an answer. */
const GOOGLE_MS = 50;
const TIMEOUT_MS = 60_000;
const MOST_AMPLIFICATION = 1.1;

/** All users are cold at once, and Google takes so many requests in a second and no more. */
export async function playThrottled(stage: Stage, sizes: ThrottledSizes): Promise<SceneVerdict> {
  const { world, crowd, gauge, print, logFile } = stage;
  await using started = new AsyncDisposableStack();
  const { configFile } = world;
  const { perSecond, retryAfterS: retryAfterSeconds } = sizes;
  const set = { 'limits.refreshes': `${sizes.places}` };
  const service = await OverloadedService.start({ configFile, set, logFile }, started);
  const users = await crowd.connect('throttled', sizes.users);
  const atOnce = { world, port: service.port, atOnce: sizes.users };
  const services = new Services({ ...atOnce, retries: true, timeoutMs: TIMEOUT_MS });
  started.defer(() => services.close());
  world.google.faults.add({ path: '/token', delayMs: GOOGLE_MS, times: Infinity });
  world.google.limitRate({ perSecond, retryAfterSeconds });
  gauge.reset();
  const startedAt = performance.now();
  const failures = await Promise.all(users.map((user) => services.insist(user)));
  const seconds = (performance.now() - startedAt) / 1_000;
  world.google.limitRate(undefined);
  world.google.faults.clear();

  const amplification = gauge.sent / sizes.users;
  const throttled = gauge.seconds.reduce((sum, second) => sum + second.throttled, 0);
  const calls = await service.metric('tokenvault_rpc_total{method="GetAccessToken"');
  print(
    `${sizes.users} cold users at once, Google takes ${perSecond} requests/s, then 429 with Retry-After ${retryAfterSeconds}`,
  );
  print(`  taken + throttled in each second: ${seriesOf(gauge.seconds)}`);
  print(
    `  ${calls} calls of GetAccessToken, pushed back by gRPC's own retries; ended for good and begun anew: ${reasonsOf(failures.flat())}`,
  );
  const held = amplification <= MOST_AMPLIFICATION && gauge.peak <= sizes.places && throttled > 0;
  const figures = [
    `${sizes.users} cold users had their tokens after ${seconds.toFixed(0)} s from a Google that takes ${perSecond}/s`,
    `amplification ${amplification.toFixed(3)}, at most ${gauge.peak} requests at a time`,
  ].join(', ');
  return { held, figures };
}

function seriesOf(seconds: Stage['gauge']['seconds']): string {
  const shown = seconds.map(({ taken, throttled }) =>
    throttled === 0 ? `${taken}` : `${taken}+${throttled}`,
  );
  return shown.join(' ');
}
