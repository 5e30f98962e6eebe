import type { AppWorld } from './app-world.ts';

/** Requests to Google's token endpoint that wait until the test lets them go. */
export interface HeldGoogle {
  /** Settles when the first of them is there. */
  readonly arrived: Promise<void>;
  release(): void;
}

export function holdGoogle({ googleTap }: Pick<AppWorld, 'googleTap'>): HeldGoogle {
  const arrived = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  googleTap.before = async ({ path }) => {
    if (path === '/token') {
      arrived.resolve();
      await released.promise;
    }
    return 'pass' as const;
  };
  const release = () => {
    googleTap.before = () => 'pass';
    released.resolve();
  };
  return { arrived: arrived.promise, release };
}
