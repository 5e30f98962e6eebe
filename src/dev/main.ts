import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { checkRuntime } from '../config/runtime-check.ts';
import { StartupProblems } from '../domain/startup-problems.ts';

const USAGE = 'npm run dev [-- --once] [--any-port] [--directory .tokenvault/dev]';

process.exitCode = await main();
// OpenBao's pipes and idle connections must not keep a finished process alive.
process.exit();

async function main(): Promise<number> {
  const problem = checkRuntime(process.versions, import.meta.filename);
  if (problem !== undefined) return fail([problem]);
  const args = readArguments();
  if (args === undefined) return fail([USAGE]);
  try {
    await run(args);
    return 0;
  } catch (error) {
    if (error instanceof StartupProblems) return fail(error.problems);
    return fail([error instanceof Error ? error.message : 'an unexpected failure']);
  }
}

interface Arguments {
  readonly once: boolean;
  readonly anyPort: boolean;
  readonly directory: string;
}

function readArguments(): Arguments | undefined {
  try {
    const { values } = parseArgs({
      options: {
        once: { type: 'boolean', default: false },
        'any-port': { type: 'boolean', default: false },
        directory: { type: 'string', default: '.tokenvault/dev' },
      },
    });
    return { once: values.once, anyPort: values['any-port'], directory: values.directory };
  } catch {
    // The usage line says all that parseArgs could.
    return undefined;
  }
}

async function run({ once: playOnce, anyPort, directory }: Arguments): Promise<void> {
  const { startDevStack } = await import('./dev-stack.ts');
  const { ANY_PORTS, DEV_PORTS } = await import('./dev-ports.ts');
  const { playStory, signIn } = await import('./story.ts');
  const { DEV_USERS, invitation, Screen } = await import('./screen.ts');
  const screen = new Screen((text) => process.stdout.write(`${text}\n`));
  screen.title('TokenVault, the whole system on this machine');
  const stack = await startDevStack({
    directory,
    cacheDir: '.cache',
    ports: anyPort ? ANY_PORTS : DEV_PORTS,
    env: process.env,
    report: (line) => screen.line(line),
  });
  try {
    screen.title('Its main job, once');
    await playStory(stack, DEV_USERS.story, screen);
    screen.end();
    if (playOnce) return;
    await signIn(stack, DEV_USERS.stays, { step: () => undefined, line: () => undefined });
    screen.print(invitation(stack, DEV_USERS.stays));
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    screen.print('\nStopping …');
  } finally {
    await stack.stop();
  }
}

function fail(sentences: readonly string[]): number {
  for (const sentence of sentences) process.stderr.write(`${sentence}\n`);
  return 1;
}
