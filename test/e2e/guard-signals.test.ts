/** Signals that mean nothing to a guard, and yet cut its wait short. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { messages, onStage } from '../support/detached.ts';
import { isAlive } from '../support/processes.ts';
import { test } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

test.for([
  ...(['SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGPIPE', 'SIGXFSZ', 'SIGXCPU'] as const),
  ...(['SIGVTALRM', 'SIGPROF', 'SIGIO', 'SIGSYS', 'SIGSTKFLT'] as const),
])('%s to the guard ends nobody, and it does not take its supervisor for dead', async (signal, { rig }) => {
  const { daemon, guard, pid } = await onStage(rig);
  process.kill(guard, signal);
  await waitUntil('it has taken the signal, and waits again', () => isAtRest(guard));
  expect([isAlive(guard), isAlive(pid)]).toEqual([true, true]);
  // It still waits for the one that it has started: what is sent to it reaches that one.
  process.kill(guard, 'SIGTERM');
  await daemon.heard('SIGTERM');
  await daemon.exit(0);
  await waitUntil('both have ended', () => !isAlive(guard) && !isAlive(pid));
  expect(messages(rig)).not.toContain('guard (pid');
});

test('SIGPWR to the guard drains as SIGTERM does', async ({ rig }) => {
  const { daemon, guard, pid } = await onStage(rig);
  process.kill(guard, 'SIGPWR');
  await daemon.heard('SIGTERM');
  await daemon.exit(0);
  await waitUntil('both have ended', () => !isAlive(guard) && !isAlive(pid));
});

function isAtRest(pid: number): boolean {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return /^State:\s+S/m.test(status) && /^SigPnd:\s+0+$/m.test(status) && /^ShdPnd:\s+0+$/m.test(status);
}
