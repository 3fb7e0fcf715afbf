import { closeSync, fstatSync, openSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { isJournal, managerOf } from '../../../src/systemd/environment.ts';
import { withPriority } from '../../../src/systemd/priority.ts';
import { tempDir } from '../../support/temp-dir.ts';

test.for([
  ['no systemd', {}, null],
  ['a path', { NOTIFY_SOCKET: '/run/n' }, { socket: '/run/n', watchdogMs: null }],
  ['an abstract name', { NOTIFY_SOCKET: '@n' }, { socket: '@n', watchdogMs: null }],
  ['an address of another kind', { NOTIFY_SOCKET: 'vsock:2:1' }, null],
  ['an empty one', { NOTIFY_SOCKET: '' }, null],
  [
    'a watchdog',
    { NOTIFY_SOCKET: '@n', WATCHDOG_USEC: '3000000', WATCHDOG_PID: '7' },
    { socket: '@n', watchdogMs: 3000 },
  ],
  [
    'a watchdog over another',
    { NOTIFY_SOCKET: '@n', WATCHDOG_USEC: '3000000', WATCHDOG_PID: '8' },
    { socket: '@n', watchdogMs: null },
  ],
  ['a watchdog over nobody', { NOTIFY_SOCKET: '@n', WATCHDOG_USEC: '3000000' }, { socket: '@n', watchdogMs: null }],
  [
    'a watchdog that is none',
    { NOTIFY_SOCKET: '@n', WATCHDOG_USEC: 'x', WATCHDOG_PID: '7' },
    { socket: '@n', watchdogMs: null },
  ],
] as const)('whom we report to: %s', ([, env, expected]) => {
  expect(managerOf(env, 7)).toEqual(expected);
});

test('a descriptor leads into the journal where JOURNAL_STREAM names the same file', () => {
  const folder = tempDir();
  const fd = openSync(path.join(folder, 'one'), 'w');
  const { dev, ino } = fstatSync(fd);
  expect(isJournal({ JOURNAL_STREAM: `${dev}:${ino}` }, fd)).toBe(true);
  expect(isJournal({ JOURNAL_STREAM: `${dev}:${ino + 1}` }, fd)).toBe(false);
  expect(isJournal({}, fd)).toBe(false);
  closeSync(fd);
  expect(isJournal({ JOURNAL_STREAM: `${dev}:${ino}` }, 999_999)).toBe(false);
});

test('each line of a text is a record with its priority', () => {
  expect(withPriority('one\n  two', 'error')).toBe('<3>one\n<3>  two');
  expect(withPriority('', 'info')).toBe('<6>');
});
