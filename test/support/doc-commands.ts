import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const DOCS = path.resolve(import.meta.dirname, '../../docs');
const TIMEOUT_MS = 20_000;

/** `vault`, with the mount of the test in the place of the one that pages name. */
const SHIM = `#!/bin/sh
for arg do
  shift
  case $arg in -mount=tokenvault-config) arg=-mount=$DOC_CONFIG_MOUNT ;; esac
  set -- "$@" "$arg"
done
exec "$DOC_VAULT" "$@"
`;

/**
 * What a page tells its reader to type: each `sh` block below a heading, as it stands there, without
 * the indent that a list gives it.
 * @param heading the whole line, such as `## The audit key`; without one, those of the whole page
 * @throws Error where there are none
 */
export async function docCommands(page: string, heading?: string): Promise<readonly string[]> {
  const text = await readFile(path.join(DOCS, page), 'utf8');
  const below = heading === undefined ? text : sectionOf(text, heading);
  const commands = [...below.matchAll(/^( *)```sh\n([\s\S]*?)^ *```$/gm)].map(
    ([, indent = '', block = '']) => block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
  if (commands.length === 0) throw new Error(`${page} has no commands below ${heading}.`);
  return commands;
}

/** From the heading to the next one that is not below it. */
function sectionOf(text: string, heading: string): string {
  const [, section = ''] = text.split(`\n${heading}\n`);
  const level = heading.indexOf(' ');
  return section.split(new RegExp(`^#{1,${level}} `, 'm'))[0] ?? '';
}

export interface DocShellOptions {
  /** What `vault` runs. */
  readonly binary: string;
  readonly address: string;
  readonly token: string;
  /** Default: the one that pages name. */
  readonly configMount?: string;
}

/** A shell in which the commands of a page do what they say. */
export interface DocShell {
  /**
   * Types it as it stands, and `input` where it asks.
   * @throws Error with what was said, where a command fails
   */
  type(commands: string, input?: string): Promise<void>;
  close(): Promise<void>;
}

export async function openDocShell(options: DocShellOptions): Promise<DocShell> {
  const { binary, address, token, configMount = 'tokenvault-config' } = options;
  const home = await mkdtemp(path.join(tmpdir(), 'tokenvault-doc-shell-'));
  await writeFile(path.join(home, 'vault'), SHIM);
  await chmod(path.join(home, 'vault'), 0o755);
  const env = {
    PATH: [home, process.env.PATH].join(path.delimiter),
    HOME: home,
    VAULT_ADDR: address,
    VAULT_TOKEN: token,
    DOC_VAULT: path.resolve(binary),
    DOC_CONFIG_MOUNT: configMount,
  };
  return {
    type: (commands, input = '') => bash(commands, input, { env, cwd: home, timeout: TIMEOUT_MS }),
    close: () => rm(home, { recursive: true, force: true }),
  };
}

function bash(
  commands: string,
  input: string,
  options: { readonly env: NodeJS.ProcessEnv; readonly cwd: string; readonly timeout: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile('bash', ['-euc', commands], options, (error, _, said) => {
      if (error === null) resolve();
      else reject(new Error(`The commands of the page fail: ${said}`));
    });
    child.stdin?.end(input);
  });
}
