import { defineConfig } from 'vitest/config';

/** The examples in other languages, by `npm run test:examples`: they bring toolchains of their own. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    globalSetup: ['../support/global-setup.ts'],
    pool: 'forks',
    // All languages at once, because each waits for its downloads.
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
