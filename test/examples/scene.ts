import path from 'node:path';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';
import { type Ended, type Surroundings, Workplace } from './workplace.ts';

/** One example and the system that it calls. */
export interface Scene {
  readonly world: AppWorld;
  readonly app: RunningApp;
  readonly place: Workplace;
  /** Runs the example as the README does, for `USER`, but for what is `changed`. */
  run(changed?: Partial<Surroundings>): Promise<Ended>;
  close(): Promise<void>;
}

/** The user that the READMEs name; connected, and away. */
export const USER = '108000000000000000002';

export async function openScene(language: string): Promise<Scene> {
  const world = await startWorld();
  const app = await startRunningApp(world);
  const place = await Workplace.open(language);
  await app.calls.signIn(USER);
  return {
    world,
    app,
    place,
    run: (changed) =>
      place.run({
        address: `localhost:${app.port}`,
        files: path.dirname(world.certificates.caFile),
        caller: 'drive-worker',
        google: world.google.url,
        userId: USER,
        ...changed,
      }),
    close: async () => {
      await place.close();
      await app.stop();
      await world.close();
    },
  };
}
