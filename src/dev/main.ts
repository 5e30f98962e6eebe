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
    // Loaded only now: on an older Node it would fail before the sentence above.
    const { runDev } = await import('./run-dev.ts');
    return (await runDev(args)) ? 0 : 1;
  } catch (error) {
    if (error instanceof StartupProblems) return fail(error.problems);
    return fail([error instanceof Error ? error.message : 'an unexpected failure']);
  }
}

function readArguments() {
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

function fail(sentences: readonly string[]): number {
  for (const sentence of sentences) process.stderr.write(`${sentence}\n`);
  return 1;
}
