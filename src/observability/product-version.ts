import { readFileSync } from 'node:fs';

/** Two folders up, from source and when compiled. */
const PACKAGE = new URL('../../package.json', import.meta.url);

/** The version of TokenVault, as package.json has it. */
export function productVersion(): string {
  const { version }: { readonly version: string } = JSON.parse(readFileSync(PACKAGE, 'utf8'));
  return version;
}
