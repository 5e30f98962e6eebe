import { defineConfig } from 'vitest/config';

/** What takes longest: whole systems that are started, killed and waited for. */
const LONG = [
  'contract/vault-cluster.test.ts',
  'faults/*.test.ts',
  'integration/{bench,prove,prove-faults}.test.ts',
  'integration/{crash,culprits,dev-command,drain,hot-reload,openbao,vault-outage}.test.ts',
];

const common = {
  root: import.meta.dirname,
  pool: 'forks' as const,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Files share processes, so what one replaces does not outlast its test.
  restoreMocks: true,
  unstubEnvs: true,
  expect: { poll: { timeout: 20_000, interval: 20 } },
};

export default defineConfig({
  test: {
    root: import.meta.dirname,
    globalSetup: ['./support/global-setup.ts'],
    // Most tests wait for servers, so more of them run than there are cores.
    maxWorkers: 4,
    projects: [
      // Projects begin in the order of their names: so no long file is left for the end.
      { test: { ...common, name: 'long', include: LONG } },
      {
        test: {
          ...common,
          name: 'others',
          include: ['**/*.test.ts'],
          // The examples bring toolchains of their own: `npm run test:examples`.
          exclude: [...LONG, 'examples/**'],
          // To start a process for each of them, and to load the product into it, was a quarter of
          // all the work. Nothing in the product is global, so they may share one.
          isolate: false,
        },
      },
    ],
  },
});
