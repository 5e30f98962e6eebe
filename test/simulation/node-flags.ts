/** For a process that does nothing but search: worlds are short-lived garbage, megabytes of it each. */
export const NODE_FLAGS: readonly string[] = [
  // One search for each core: helpers of the collector would only wait for their turn.
  '--single-threaded-gc',
  '--min-semi-space-size=32',
  '--max-semi-space-size=32',
];
