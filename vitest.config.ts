import { defineConfig } from 'vitest/config';

// Unit tests are pure and share threads. All that starts a process runs in forks, one file at a time: signals sent to
// `process.pid` would end a whole run of threads, and fleets that share two cores with each other measure nothing.
const serial = {
  pool: 'forks',
  fileParallelism: false,
  testTimeout: 30_000,
  hookTimeout: 30_000,
  globalSetup: 'test/support/built.ts',
} as const;

export default defineConfig({
  test: {
    env: { LANG: 'C.UTF-8', TZ: 'UTC' },
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/{unit,properties,golden}/**/*.test.ts'], pool: 'threads' },
      },
      { extends: true, test: { name: 'integration', include: ['test/{integration,faults}/**/*.test.ts'], ...serial } },
      { extends: true, test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...serial } },
    ],
  },
});
