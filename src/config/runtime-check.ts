/**
 * Oldest major version of Node: TypeScript is run as it is, with syntax (`await using`) that older
 * ones do not have; compiled, it needs less. `bin/tokenvault.js`, which has to run on any Node and so
 * can import nothing, repeats the two numbers.
 */
export const OLDEST_NODE = { source: 26, compiled: 22 } as const;

/** Whether this Node can run `entry`: undefined, or one sentence that says what to do. */
export function checkRuntime(
  versions: { readonly node: string },
  entry: string,
): string | undefined {
  const oldest = entry.endsWith('.ts') ? OLDEST_NODE.source : OLDEST_NODE.compiled;
  if (Number.parseInt(versions.node, 10) >= oldest) return undefined;
  return `TokenVault needs Node ${oldest} or newer and this is ${versions.node}: run it with npm (npm run …) after npm ci without --ignore-scripts, which brings it, or install it.`;
}
