import { stopSignal } from '../observability/stop-signal.ts';
import { systemClock } from '../observability/system-clock.ts';
import { ANY_PORTS, DEV_PORTS } from './dev-ports.ts';
import { startDevStack } from './dev-stack.ts';
import { DEV_USERS, invitation, Screen } from './screen.ts';
import { playStory, signIn } from './story.ts';

export interface DevArguments {
  /** Ends after the story. */
  readonly once: boolean;
  readonly anyPort: boolean;
  readonly directory: string;
}

/**
 * Starts everything, plays the story and stays up until SIGINT, SIGTERM or SIGHUP, which are obeyed
 * from the first moment on. What has not finished starting by then ends with the process.
 * @returns whether the story came to its end
 * @throws StartupProblems; Error when the story does not go as told
 */
export async function runDev(args: DevArguments): Promise<boolean> {
  const asked = stopSignal({
    signals: process,
    names: ['SIGINT', 'SIGTERM', 'SIGHUP'],
    clock: systemClock,
    endAtOnce: () => process.exit(1),
  });
  const screen = new Screen((text) => process.stdout.write(`${text}\n`));
  await using running = new AsyncDisposableStack();
  const played = await Promise.race([
    play(args, screen, running).then(() => true),
    asked.then(() => false),
  ]);
  if (played && args.once) return true;
  await asked;
  screen.print('\nStopping …');
  return played;
}

async function play(
  { once, anyPort, directory }: DevArguments,
  screen: Screen,
  running: AsyncDisposableStack,
): Promise<void> {
  screen.title('TokenVault, the whole system on this machine');
  const options = {
    directory,
    cacheDir: '.cache',
    ports: anyPort ? ANY_PORTS : DEV_PORTS,
    env: process.env,
    report: (line: string) => screen.line(line),
  };
  const stack = await startDevStack(options, running);
  screen.title('Its main job, once');
  await playStory(stack, DEV_USERS.story, screen);
  screen.end();
  if (once) return;
  await signIn(stack, DEV_USERS.stays, { step: () => undefined, line: () => undefined });
  screen.print(invitation(stack, DEV_USERS.stays));
}
