import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const CLIENT = join(ROOT, 'src/client');
const DIST = join(CLIENT, 'dist');

// What `npm pack` of the client library packs: JavaScript with its types, and the proto for others.
rmSync(DIST, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', join(CLIENT, 'tsconfig.build.json')],
  { stdio: 'inherit' },
);
cpSync(join(ROOT, 'proto/tokenvault/v1'), join(DIST, 'proto/tokenvault/v1'), { recursive: true });
for (const name of ['LICENSE', 'NOTICE']) copyFileSync(join(ROOT, name), join(CLIENT, name));
