import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Server } from './openbao.ts';

const DOCS = path.resolve(import.meta.dirname, '../../docs');
const BLOCK = /^```sh\n([\s\S]*?)^```$/gm;
const TIMEOUT_MS = 20_000;

/**
 * What a page tells its reader to type: each `sh` block below a heading, as it stands there.
 * @param heading the whole line, such as `## The audit key`; without one, those of the whole page
 * @throws Error where there are none
 */
export async function docCommands(page: string, heading?: string): Promise<readonly string[]> {
  const text = await readFile(path.join(DOCS, page), 'utf8');
  const below = heading === undefined ? text : sectionOf(text, heading);
  const commands = [...below.matchAll(BLOCK)].map(([, block = '']) => block);
  if (commands.length === 0) throw new Error(`${page} has no commands below ${heading}.`);
  return commands;
}

/** From the heading to the next one that is not below it. */
function sectionOf(text: string, heading: string): string {
  const [, section = ''] = text.split(`\n${heading}\n`);
  const level = heading.indexOf(' ');
  return section.split(new RegExp(`^#{1,${level}} `, 'm'))[0] ?? '';
}

/** A shell in which `vault` is the binary of the tests, with a token of `server`. */
export interface DocShell {
  /** Types it as it stands. @returns what it printed @throws Error where a command fails */
  type(command: string): Promise<string>;
  close(): Promise<void>;
}

export async function openDocShell(binary: string, server: Server): Promise<DocShell> {
  const home = await mkdtemp(path.join(tmpdir(), 'tokenvault-doc-shell-'));
  await symlink(path.resolve(binary), path.join(home, 'vault'));
  const env = {
    PATH: `${home}:${process.env.PATH}`,
    HOME: home,
    VAULT_ADDR: server.address,
    VAULT_TOKEN: server.rootToken,
  };
  return {
    async type(command) {
      const options = { env, cwd: home, timeout: TIMEOUT_MS };
      const { stdout } = await promisify(execFile)('sh', ['-e', '-c', command], options);
      return stdout;
    },
    close: () => rm(home, { recursive: true, force: true }),
  };
}
