import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
/** Large, and needed in one copy: they are the repository's. */
const SHARED = ['google-auth-library', 'googleapis', 'googleapis-common'];
const run = promisify(execFile);

/** An empty project elsewhere, into which the packed library was installed. */
export interface InstalledClient {
  readonly folder: string;
  /** What is in the package, by path. */
  readonly files: readonly string[];
  /** Runs a script of the project by this Node. Rejects with what it printed where it fails. */
  node(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<{ readonly stdout: string }>;
  /** `tsc --strict` over the project. Rejects with what it printed where something does not fit. */
  checkTypes(): Promise<unknown>;
  /** Rejects where npm would not install it beside these, peers included. Installs nothing. */
  tryInstall(others: readonly string[]): Promise<unknown>;
  remove(): Promise<void>;
}

export async function installClient(): Promise<InstalledClient> {
  const folder = await mkdtemp(join(tmpdir(), 'tokenvault-client-'));
  const npm = (args: readonly string[], cwd: string) => run('npm', args, { cwd });
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const packing = ['pack', '--json', '-w', 'tokenvault-client', '--pack-destination', folder];
  const { stdout } = await npm([...packing, ...quiet], ROOT);
  const [packed] = JSON.parse(stdout);
  await writeProject(folder);
  // Peers are linked below.
  const how = ['--prefer-offline', '--legacy-peer-deps', '--ignore-scripts', '--no-package-lock'];
  const tarball = join(folder, packed.filename);
  await npm(['install', tarball, ...how, ...quiet], folder);
  for (const name of SHARED) {
    await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  const node = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    run(process.execPath, args, { cwd: folder, env: { PATH: process.env.PATH, ...env } });
  return {
    folder,
    files: packed.files.map(({ path }: { path: string }) => path),
    node,
    checkTypes: () => node([join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.']),
    tryInstall: async (others) => {
      const empty = join(folder, 'empty');
      await writeProject(empty);
      const trial = ['--dry-run', '--strict-peer-deps', '--prefer-offline'];
      return npm(['install', tarball, ...others, ...trial, ...quiet], empty);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function writeProject(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const manifest = { name: 'empty-project', private: true, type: 'module' };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: 'nodenext',
    target: 'es2023',
    types: ['node'],
  };
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['types.ts'] }),
  );
}
