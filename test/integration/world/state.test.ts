import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readHolder, takeLock } from '../../../src/supervisor/world/lock.ts';
import { readState } from '../../../src/supervisor/world/state-file.ts';
import { tempDir } from '../../support/temp-dir.ts';

const HOLDER = { pid: 1, list: '/srv/shop/daemons.yaml', since: '2026-01-31T12:00:00.000Z' };

describe('the lock', () => {
  test('is had also where nobody can write down by whom', async () => {
    const file = path.join(tempDir(), 'lock');
    fs.symlinkSync('/dev/full', file);
    const taken = await takeLock(file, HOLDER);
    expect(taken.ok).toBe(true);
    if (taken.ok) fs.closeSync(taken.value);
  });

  test('is had by one, and the other is told by whom', async () => {
    const file = path.join(tempDir(), 'lock');
    const first = await takeLock(file, HOLDER);
    expect(first.ok).toBe(true);
    expect(await takeLock(file, { ...HOLDER, pid: 2 })).toEqual({ ok: false, error: HOLDER });
    expect(readHolder(file)).toEqual(HOLDER);
    if (first.ok) fs.closeSync(first.value);
    const next = await takeLock(file, { ...HOLDER, pid: 2 });
    expect(next.ok).toBe(true);
    if (next.ok) fs.closeSync(next.value);
  });

  test('ends with the process that has it, however that dies', async () => {
    const file = path.join(tempDir(), 'lock');
    const holder = spawn('flock', ['-x', '-o', file, 'sh', '-c', 'echo has it; exec sleep 1000'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(holder.stdout, 'data');
    expect(await takeLock(file, HOLDER)).toEqual({ ok: false, error: null });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const taken = await takeLock(file, HOLDER);
    expect(taken.ok).toBe(true);
    if (taken.ok) fs.closeSync(taken.value);
  });
});

test.for<[string, string, string]>([
  ['is torn', '{"format":1,"boot":"x","slots":[{"id":', 'it is torn'],
  ['is of another format', '{"format":2,"boot":"x","slots":[]}', 'it is of another format'],
  ['has no slots', '{"format":1,"boot":"x"}', 'it is of another format'],
  [
    'has a process without a start time',
    '{"format":1,"boot":"x","list":"l","slots":[{"id":"p","processes":[{"pid":1}]}]}',
    'it is of another format',
  ],
])('a state file that %s is not believed', ([, text, why]) => {
  const file = path.join(tempDir(), 'state.json');
  fs.writeFileSync(file, text);
  expect(readState(file)).toEqual({ is: 'unreadable', why });
});

test('a FIFO in the place of the state file holds nobody', () => {
  const file = path.join(tempDir(), 'state.json');
  execFileSync('mkfifo', [file]);
  expect(readState(file)).toEqual({ is: 'unreadable', why: 'it is no file' });
});
