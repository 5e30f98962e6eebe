/** Node strips types by itself, without a flag, from this version on. */
const TYPESCRIPT_SINCE = [22, 18] as const;
const OLDEST_MAJOR = 22;

/**
 * Whether this Node can run `entry`: undefined, or one sentence that says what to do. Compiled
 * entries need 22; an entry in TypeScript runs as it is only on a Node that strips types, which
 * the development dependency `node` is.
 */
export function checkRuntime(
  versions: { readonly node: string },
  entry: string,
): string | undefined {
  const [major = 0, minor = 0] = versions.node.split('.').map(Number);
  if (major < OLDEST_MAJOR) {
    return `TokenVault needs Node 22 or later, and this is ${versions.node}: run it with npm (npm run …), after npm ci without --ignore-scripts, or install a newer Node.`;
  }
  const [typescriptMajor, typescriptMinor] = TYPESCRIPT_SINCE;
  const stripsTypes =
    major > typescriptMajor || (major === typescriptMajor && minor >= typescriptMinor);
  if (entry.endsWith('.ts') && !stripsTypes) {
    return `Node ${versions.node} does not run TypeScript: run it with npm (npm run …), after npm ci without --ignore-scripts, which brings a Node that does.`;
  }
  return undefined;
}
