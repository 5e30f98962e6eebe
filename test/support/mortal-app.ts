import type { Clock } from '../../src/domain/clock.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import type { AppWorld } from './app-world.ts';
import { type RunningApp, startRunningApp } from './running-app.ts';
import { type TappedRequest, WireTap } from './wire-tap.ts';

/** When a replica dies: at its n-th request that changes something, before or after it does. */
export interface DeathPoint {
  readonly step: number;
  readonly when: 'before' | 'after';
}

/** Every point of a flow with so many steps, and one more, which the flow never reaches. */
export function deathPoints(steps: number): readonly DeathPoint[] {
  const numbers = Array.from({ length: steps }, (_, index) => index + 1);
  const points = numbers.flatMap((step): DeathPoint[] => [
    { step, when: 'before' },
    { step, when: 'after' },
  ]);
  return [...points, { step: steps + 1, when: 'before' }];
}

const HELD_BRIEFLY = { 'limits.held_for': '1s' };

/** What is done every minute would, on a slow machine, come in between the steps of a flow. */
const withoutRounds: Clock = {
  ...systemClock,
  schedule: (ms, action) => (ms < 60_000 ? systemClock.schedule(ms, action) : () => undefined),
};

/**
 * A replica that dies at one exact point: from then on nothing of it reaches Vault or Google, and
 * what it still says to its caller does not count. To the world that is a kill -9.
 */
export class MortalApp {
  readonly app: RunningApp;
  /** What it changed before it died, in order. */
  readonly effects: string[] = [];
  readonly #taps: readonly WireTap[];
  #point: DeathPoint | undefined;
  #die: (() => void) | undefined;
  #dead = false;

  private constructor(app: RunningApp, taps: readonly WireTap[]) {
    this.app = app;
    this.#taps = taps;
    for (const tap of taps) {
      tap.before = (request) => (this.#mayPass(request, 'before') ? 'pass' : 'drop');
      tap.after = (request) => (this.#mayPass(request, 'after') ? 'pass' : 'drop');
    }
  }

  static async start(world: AppWorld): Promise<MortalApp> {
    const vault = await WireTap.start(world.server.address);
    const google = await WireTap.start(world.google.url);
    const app = await startRunningApp(world, {
      clock: withoutRounds,
      set: {
        ...HELD_BRIEFLY,
        // Death is what is tested, not a machine that is slow.
        'vault.request_timeout': '10s',
        'vault.addresses': vault.url,
        'google.token_url': `${google.url}/token`,
        'google.revoke_url': `${google.url}/revoke`,
      },
    });
    return new MortalApp(app, [vault, google]);
  }

  /** @returns what the caller was answered, or `died` when it did not live to answer */
  async run(point: DeathPoint, call: (app: RunningApp) => Promise<string>): Promise<string> {
    const died = new Promise<'died'>((resolve) => {
      this.#die = () => resolve('died');
    });
    this.#point = point;
    return Promise.race([died, call(this.app).then((end) => (this.#dead ? 'died' : end))]);
  }

  async stop(): Promise<void> {
    await this.app.stop();
    await Promise.all(this.#taps.map((tap) => tap.close()));
  }

  #mayPass(request: TappedRequest, when: 'before' | 'after'): boolean {
    if (this.#dead) return false;
    if (this.#point === undefined || !changesSomething(request)) return true;
    if (when === 'before') this.effects.push(nameOf(request));
    if (this.#point.when !== when || this.#point.step !== this.effects.length) return true;
    if (when === 'before') this.effects.pop();
    this.#dead = true;
    this.#die?.();
    return false;
  }
}

function changesSomething({ method, path }: TappedRequest): boolean {
  return method !== 'GET' && !path.includes('/sys/');
}

/** The request without the names of mounts and records. */
function nameOf({ method, path }: TappedRequest): string {
  return `${method} ${path.replace(/^\/v1\/[^/]+\//, '/').replace(/(\/[^/]+\/[^/]+)\/.*/, '$1')}`;
}
