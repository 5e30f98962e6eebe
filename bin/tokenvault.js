#!/usr/bin/env node
// Plain JavaScript, because it has to run on any Node: it finds one that is new enough.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const source = new URL('../src/cli/main.ts', import.meta.url);
const built = new URL('../dist/cli/main.js', import.meta.url);
const fromSource = existsSync(source);
// As src/config/runtime-check.ts says, which an older Node could not load.
const OLDEST_NODE = fromSource ? 26 : 22;

if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) {
  const { main } = await import((fromSource ? source : built).href);
  await main();
} else {
  runWithOwnNode();
}

/** The package brings its own Node, which may not be the one on the PATH. */
function runWithOwnNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const node = fileURLToPath(new URL(`../node_modules/node/bin/${name}`, import.meta.url));
  if (!existsSync(node)) {
    process.stderr.write(
      `TokenVault needs Node ${OLDEST_NODE} or newer and this is ${process.versions.node}: run \`npm ci\`, which brings it, or install it.\n`,
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // A terminal has sent its own signals to the child already; twice would mean "at once".
      if (signal === 'SIGTERM' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 1;
    // Ends by the same signal as the child, as a shell expects it.
    if (signal !== null) {
      for (const name of SIGNALS) process.removeAllListeners(name);
      process.kill(process.pid, signal);
    }
  });
}
