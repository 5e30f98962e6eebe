import { TokenVaultError } from '../../src/client/token-vault-error.ts';
import { until } from '../../test/support/until.ts';
import { OverloadedService } from './overloaded-service.ts';
import { type SceneVerdict, type Stage, throughProxy } from './scene.ts';
import { reasonsOf, Services } from './services.ts';

const TIMEOUT_MS = 120_000;
const MISSES = 'tokenvault_token_cache_total{outcome="miss"}';
/** So that all of them are there before Google is given up. */
const PATIENT = {
  'google.request_timeout': '60s',
  'limits.refresh_timeout': '2m',
  'limits.max_deadline': '2m',
};

/** So many wait for one token, whose refresh hangs: once it is answered in the end, once it fails. */
export async function playWaiters(stage: Stage, waiters: number): Promise<SceneVerdict> {
  const { world, crowd, print, logFile, googleProxy } = stage;
  await using started = new AsyncDisposableStack();
  const set = { ...throughProxy(stage), ...PATIENT };
  const { configFile } = world;
  const service = await OverloadedService.start({ configFile, set, logFile }, started);
  const [answered = '', failed = ''] = await crowd.connect('popular', 2);
  const terms = { world, port: service.port, atOnce: waiters, timeoutMs: TIMEOUT_MS };
  const services = new Services({ ...terms, retries: false });
  started.defer(() => services.close());

  const crowdFor = async (user: string, goOn: () => void) => {
    world.google.requests.clear();
    const before = await service.metric(MISSES);
    googleProxy.way = 'silent';
    const calls = Array.from({ length: waiters }, () => endOf(services.get(user)));
    const gathered = async () => (await service.metric(MISSES)) - before >= waiters;
    await until('all of them wait', gathered, { timeoutMs: TIMEOUT_MS, everyMs: 100 });
    goOn();
    const ends = await Promise.all(calls);
    googleProxy.heal();
    return { ends, requests: world.google.requests.count('/token') };
  };
  const good = await crowdFor(answered, () => googleProxy.heal());
  const bad = await crowdFor(failed, () => {
    googleProxy.way = 'shut';
  });
  const tokens = good.ends.filter((end) => typeof end === 'string');
  const failures = bad.ends.filter((end) => end instanceof TokenVaultError);
  const timed = failures.filter(({ retryAfterMs = 0 }) => retryAfterMs > 0);
  const fineAgain = await services.insist(failed);
  print(`${waiters} calls wait for one refresh that hangs`);
  print(
    `  it is answered: ${new Set(tokens).size} token for ${tokens.length} calls, ${good.requests} request to Google`,
  );
  print(
    `  it fails: ${reasonsOf(failures)}, ${timed.length} with the time to wait, ${bad.requests} requests that reached Google`,
  );
  const held =
    tokens.length === waiters &&
    new Set(tokens).size === 1 &&
    good.requests === 1 &&
    timed.length === waiters &&
    fineAgain.length <= 2;
  const figures = `${waiters} waiters on one refresh: ${tokens.length} got the token of ${good.requests} request, ${timed.length} the reason of one that failed`;
  return { held, figures };
}

/** The token, or the failure. */
async function endOf(call: ReturnType<Services['get']>): Promise<string | TokenVaultError> {
  try {
    return (await call).accessToken;
  } catch (error) {
    if (error instanceof TokenVaultError) return error;
    throw error;
  }
}
