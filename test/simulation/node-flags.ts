/** For a process that does nothing but search: worlds are short-lived garbage, megabytes of it each. */
export const NODE_FLAGS: readonly string[] = [
  '--min-semi-space-size=32',
  '--max-semi-space-size=32',
];
