/** Real processes, measured by several who ask about different ones. */
import { spawn } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { UsageMeter, type Usage } from '../../../src/supervisor/world/usage.ts';
import { waitFor } from '../../support/wait-for.ts';

test('a question about others takes nobody his last sample', async () => {
  const busy = session('while :; do :; done');
  const idle = session('exec sleep 600');
  const meter = new UsageMeter();
  const ask = (pid: number): Usage | undefined => meter.read(new Set([pid])).get(pid);
  // Closer than that two samples say nothing.
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

/** Leads a session of its own until the test is over. */
function session(line: string): number {
  const child = spawn('/bin/sh', ['-c', line], { detached: true, stdio: 'ignore' });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  if (child.pid === undefined) throw new Error('sh could not be started');
  return child.pid;
}
