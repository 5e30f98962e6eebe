import { join } from 'node:path';
import { startWorld } from '../../bench/world.ts';
import { FaultyProxy } from '../../test/support/faulty-proxy.ts';
import type { ProofContext, Verdict } from '../proof.ts';
import { Crowd } from './crowd.ts';
import { GoogleGauge } from './google-gauge.ts';
import { type Hanging, type HangingSizes, playHanging } from './hanging.ts';
import type { SceneVerdict, Stage } from './scene.ts';
import { playThrottled, type ThrottledSizes } from './throttled.ts';
import { playWaiters } from './waiters.ts';

interface Sizes {
  readonly throttled: ThrottledSizes;
  /** Not played in the short form, because what hangs has to hang for longer than that. */
  readonly hanging?: HangingSizes;
  readonly waiters: number;
}

const FULL: Sizes = {
  throttled: { users: 5_000, perSecond: 50, retryAfterS: 2, places: 64 },
  hanging: { seconds: 30, callsPerSecond: 200, users: 500 },
  waiters: 10_000,
};
const QUICK: Sizes = {
  throttled: { users: 60, perSecond: 15, retryAfterS: 1, places: 3 },
  waiters: 200,
};

/**
 * Overload and slowness: Google throttles thousands of users who are cold at once, Google or Vault
 * hangs under load, thousands wait for one refresh.
 */
export async function proveOverload(context: ProofContext): Promise<Verdict> {
  const { directory, quick, print } = context;
  const { throttled, hanging, waiters } = quick ? QUICK : FULL;
  await using started = new AsyncDisposableStack();
  const gauge = new GoogleGauge();
  const world = await startWorld({ ...context, report: print, observer: gauge }, started);
  const googleProxy = await FaultyProxy.start(world.google.url);
  started.defer(() => googleProxy.close());
  const crowd = await Crowd.of(world);
  const logFile = join(directory, 'service.log');
  const stage: Stage = { world, crowd, googleProxy, gauge, logFile, print };

  const verdicts: SceneVerdict[] = [await playThrottled(stage, throttled)];
  for (const what of hanging === undefined ? [] : hangings(stage)) {
    if (hanging !== undefined) verdicts.push(await playHanging(stage, what, hanging));
  }
  verdicts.push(await playWaiters(stage, waiters));
  return {
    held: verdicts.every(({ held }) => held),
    sentence: `${verdicts.map(({ figures }) => figures).join('; ')}.`,
  };
}

function hangings({ googleProxy, world }: Stage): readonly Hanging[] {
  const { process: openBao } = world.vault.openBao;
  const google: Hanging = {
    what: 'Google',
    begin: () => {
      googleProxy.way = 'silent';
    },
    end: () => googleProxy.heal(),
  };
  const vault: Hanging = {
    what: 'Vault',
    begin: () => openBao.kill('SIGSTOP'),
    end: () => openBao.kill('SIGCONT'),
  };
  return [google, vault];
}
