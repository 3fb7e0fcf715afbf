import { expect, test } from 'vitest';
import { environmentOf } from '../../../../src/supervisor/world/environment.ts';

const spec = { name: 'photos', instances: 1, env: {}, cwd: '/srv/shop', user: null };
const run = { folder: '/state', number: 1, run: 1, made: {} };

test('what systemd tells the supervisor of itself reaches no daemon; all else does', () => {
  // systemd.exec(5), "Environment variables set on the main process", as far as they concern the service.
  const ours = [
    ...['NOTIFY_SOCKET', 'WATCHDOG_PID', 'WATCHDOG_USEC', 'LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES', 'FDSTORE'],
    ...['JOURNAL_STREAM', 'INVOCATION_ID', 'SYSTEMD_EXEC_PID', 'MAINPID', 'MANAGERPID'],
    ...['RUNTIME_DIRECTORY', 'STATE_DIRECTORY', 'CACHE_DIRECTORY', 'LOGS_DIRECTORY', 'CONFIGURATION_DIRECTORY'],
    ...['CREDENTIALS_DIRECTORY', 'MEMORY_PRESSURE_WATCH', 'MEMORY_PRESSURE_WRITE', 'SUPERVISE_STATE_DIR'],
  ];
  const theirs = ['PATH', 'LANG', 'XDG_RUNTIME_DIR', 'SYSTEMD_PAGER', 'MY_STATE_DIRECTORY', 'DIRECTORY'];
  const all = Object.fromEntries([...ours, ...theirs].map((name) => [name, 'x']));

  const names = Object.keys(environmentOf(all, spec, run));
  expect(names.filter((name) => ours.includes(name))).toEqual([]);
  expect(names).toEqual(expect.arrayContaining(theirs));
});

test('a list that wants one of them for a daemon writes it', () => {
  const env = { CREDENTIALS_DIRECTORY: '/run/credentials/shop' };

  expect(environmentOf({}, { ...spec, env }, run)).toMatchObject(env);
});
