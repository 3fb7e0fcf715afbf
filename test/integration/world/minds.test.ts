/** Will a process notice a signal, as far as the kernel tells? With real processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { minds } from '../../../src/supervisor/world/proc.ts';
import { need } from '../../support/needs.ts';
import { waitUntil } from '../../support/wait-for.ts';

const python = need('python3', 'python3');
const started: ReturnType<typeof spawn>[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** The pid of a Python program that has reached its last line. */
async function running(program: string): Promise<number> {
  const child = spawn('python3', ['-c', `import signal, sys, time\n${program}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}
const TOLD = 'print("there", flush=True)';

test.skipIf(python.missing)(`one that does nothing about a signal does not mind it${python.note}`, async () => {
  expect(minds(await running(`${TOLD}\ntime.sleep(1000)`), 'SIGTERM')).toBe(false);
});

test.skipIf(python.missing).each([
  ['catches', 'signal.signal(signal.SIGTERM, lambda *_: None)'],
  ['ignores', 'signal.signal(signal.SIGTERM, signal.SIG_IGN)'],
  ['has blocked, to read it from a descriptor (catatonit)', 'signal.pthread_sigmask(signal.SIG_BLOCK, [15])'],
])(`one minds a signal that it %s${python.note}`, async (_, how) => {
  expect(minds(await running(`${how}\n${TOLD}\ntime.sleep(1000)`), 'SIGTERM')).toBe(true);
});

test.skipIf(python.missing)(`so does one that sits and waits for it (tini)${python.note}`, async () => {
  const pid = await running(`signal.pthread_sigmask(signal.SIG_BLOCK, [15])\n${TOLD}\nsignal.sigwait([15])`);
  // Of a signal that Python does not catch by itself.
  await waitUntil('it waits, which the kernel tells', () => minds(pid, 'SIGHUP') === true);
  expect(minds(pid, 'SIGTERM')).toBe(true);
});
