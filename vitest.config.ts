import { defineConfig } from 'vitest/config';

// Unit tests are pure and share threads. All that starts a process runs in forks, one file at a time: signals sent to
// `process.pid` would end a whole run of threads, and fleets that share two cores with each other measure nothing.
// A limit of time is there to end what hangs, not to measure: it is wide enough for a machine that does ten other things.
const patient = { testTimeout: process.env.FUZZ_RUNS === undefined ? 60_000 : 3_600_000, hookTimeout: 60_000 } as const;
const serial = {
  ...patient,
  pool: 'forks',
  fileParallelism: false,
  globalSetup: 'test/support/built.ts',
} as const;

export default defineConfig({
  test: {
    env: { LANG: 'C.UTF-8', TZ: 'UTC' },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/{unit,properties,golden}/**/*.test.ts'],
          pool: 'threads',
          ...patient,
        },
      },
      {
        extends: true,
        test: { name: 'integration', include: ['test/{integration,faults,fuzz}/**/*.test.ts'], ...serial },
      },
      { extends: true, test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...serial } },
    ],
  },
});
