import { defineConfig } from 'vitest/config';

// Unit tests are pure and share threads. All that starts a process runs in forks, for signals sent to `process.pid` would end a whole
// run of threads; three files at a time: they wait more than they work, and are made to be run beside others.
// A limit of time is there to end what hangs, not to measure: it is wide enough for a machine that does ten other things.
const patient = {
  testTimeout: process.env.FUZZ_RUNS === undefined ? 60_000 : 3_600_000,
  hookTimeout: 60_000,
  // No file changes what others import. Imported anew for each of them it would cost half a second of a processor a file.
  isolate: false,
} as const;
const forked = {
  ...patient,
  pool: 'forks',
  maxWorkers: 3,
  // After the unit tests, which take all processors.
  sequence: { groupOrder: 1 },
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
        test: { name: 'integration', include: ['test/{integration,faults,fuzz}/**/*.test.ts'], ...forked },
      },
      { extends: true, test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...forked } },
      {
        extends: true,
        // Real jobs of 12 s: they wait more than they work; after the others, which they would slow down.
        test: {
          name: 'frameworks',
          include: ['test/frameworks/*.test.ts'],
          ...forked,
          testTimeout: 240_000,
          maxWorkers: 6,
          // Each a Redis, a supervisor and two workers that start: more at once take so long that nothing is learnt from it.
          maxConcurrency: 3,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
