import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The vault of a page's commands: a real binary, and the mount that stands for the one on the page. */
export interface PageVault {
  readonly binary: string;
  readonly address: string;
  readonly token: string;
  readonly configMount: string;
}

const SHIM = `#!/bin/sh
for arg do
  shift
  case $arg in -mount=tokenvault-config) arg=-mount=$PAGE_CONFIG_MOUNT ;; esac
  set -- "$@" "$arg"
done
exec "$PAGE_VAULT" "$@"
`;

/** The blocks of a page in this language, in their order, without the indent that a list gives them. */
export function codeBlocks(page: string, language: string): readonly string[] {
  const blocks = page.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([^]*?)^ *\`\`\`$`, 'gm'));
  return [...blocks].map(([, indent = '', text = '']) =>
    text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

/**
 * Runs commands as somebody does who copies them from a page into a shell.
 * @param input what is typed when they ask
 * @throws Error with what was said, where one fails
 */
export async function runAsTyped(commands: string, vault: PageVault, input = ''): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tokenvault-page-'));
  try {
    await writeFile(join(folder, 'vault'), SHIM);
    await chmod(join(folder, 'vault'), 0o755);
    await bash(commands, input, {
      PATH: [folder, process.env.PATH].join(delimiter),
      HOME: folder,
      VAULT_ADDR: vault.address,
      VAULT_TOKEN: vault.token,
      PAGE_VAULT: vault.binary,
      PAGE_CONFIG_MOUNT: vault.configMount,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function bash(commands: string, input: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile('bash', ['-euc', commands], { env }, (error, _, said) => {
      if (error === null) resolve();
      else reject(new Error(`The commands of the page fail: ${said}`));
    });
    child.stdin?.end(input);
  });
}
