/** Real processes, measured by several clients that ask about different ones. */
import { spawn } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { sharedOnceBytes, UsageMeter, type Usage } from '../../../src/supervisor/world/usage.ts';
import { need } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';

const python = need('python3', 'python3');

test('a question about others takes nobody his last sample', async () => {
  const busy = session('while :; do :; done');
  const idle = session('exec sleep 600');
  const meter = new UsageMeter();
  const ask = (pid: number): Usage | undefined => meter.read(new Set([pid])).get(pid);
  // Two samples closer than that are meaningless.
  const measured = await waitFor(
    'the busy one is measured',
    () => {
      ask(idle);
      return ask(busy)?.cpuPercent ?? null;
    },
    (percent) => percent !== null && percent > 0,
  );
  expect(measured).toBeGreaterThan(0);
  expect(ask(busy)?.memoryBytes).toBeGreaterThan(0);
});

test.skipIf(python.missing)(
  `what a worker shares with the children that it forks counts once${python.note}`,
  async () => {
    const MB = 1024 * 1024;
    const forker = session(
      `exec python3 -c 'import os, time; b = b"x" * ${60 * MB}; [os.fork() and None for _ in range(2)]; time.sleep(600)'`,
    );
    const meter = new UsageMeter();
    const counted = await waitFor(
      'all four of them are there',
      () => meter.read(new Set([forker])).get(forker)?.memoryBytes ?? 0,
      (bytes) => bytes > 4 * 60 * MB,
    );
    expect(counted).toBeGreaterThan(4 * 60 * MB);
    expect(sharedOnceBytes(forker)).toBeLessThan(2 * 60 * MB);
    const alone = session('exec sleep 600');
    expect(sharedOnceBytes(alone)).toBeNull();
  },
);

/** Leads a session of its own until the test is over. */
function session(line: string): number {
  const child = spawn('/bin/sh', ['-c', line], { detached: true, stdio: 'ignore' });
  onTestFinished(() => {
    process.kill(-(child.pid ?? 0), 'SIGKILL');
  });
  if (child.pid === undefined) throw new Error('sh could not be started');
  return child.pid;
}
