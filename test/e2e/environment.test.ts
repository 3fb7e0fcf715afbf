import { renameSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';

test('what speaks to an outer supervisor never reaches a daemon; who it is does', async ({ rig }) => {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.', instances: 2, env: { OWN: 'yes' } }]);
  await rig.start([], {
    env: {
      NOTIFY_SOCKET: '/run/outer',
      WATCHDOG_USEC: '1',
      WATCHDOG_PID: '1',
      LISTEN_FDS: '3',
      LISTEN_PID: '1',
      LISTEN_FDNAMES: 'x',
      JOURNAL_STREAM: '1:2',
      INVOCATION_ID: 'abc',
      SUPERVISE_EVENT: 'x',
      SUPERVISE_RUN: '77',
      SUPERVISE_INSTANCES: '9',
      INHERITED: 'yes',
    },
  });
  await stage.enter('p:1');
  const { env } = await (await stage.enter('p:2')).look();
  const names = Object.keys(env).filter((name) => /^(NOTIFY|WATCHDOG|LISTEN|JOURNAL|INVOCATION|SUPERVISE)_/.test(name));
  expect(Object.fromEntries(names.map((name) => [name, env[name]]))).toEqual({
    SUPERVISE_NAME: 'p',
    SUPERVISE_INSTANCE: '2',
    SUPERVISE_INSTANCES: '2',
    SUPERVISE_RUN: '1',
    SUPERVISE_NOTIFY_FD: '3',
    SUPERVISE_FOLDER: rig.state,
    SUPERVISE_MADE: expect.stringContaining('"command":') as string,
  });
  expect(env).toMatchObject({ OWN: 'yes', INHERITED: 'yes', PYTHONUNBUFFERED: '1' });
});

test('the run is counted on, and PWD is where the daemon is', async ({ rig }) => {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.', restart: { delay: '50ms' } }]);
  await rig.start([], { env: { PWD: '/elsewhere' } });
  await (await stage.enter('p')).exit(1);
  const second = await stage.enter('p');
  const { env, cwd } = await second.look();
  expect({ run: env.SUPERVISE_RUN, pwd: env.PWD, cwd }).toEqual({ run: '2', pwd: rig.work, cwd: rig.work });
});

test('a switched symlink is followed at the next start, not before', async ({ rig }) => {
  for (const release of ['1', '2'])
    rig.file(`releases/${release}/work.sh`, `#!/bin/sh\necho "release ${release} in $(pwd -P)"\nexec sleep 1000\n`);
  symlinkSync('releases/1', path.join(rig.work, 'current'));
  rig.list([{ name: 'p', script: './current/work.sh', cwd: 'current' }]);
  await rig.start();
  await rig.untilState('p', 'running');
  symlinkSync('releases/2', path.join(rig.work, 'next'));
  renameSync(path.join(rig.work, 'next'), path.join(rig.work, 'current'));
  await rig.ask('restart', { names: ['p'], wait: true });
  expect(rig.log('p.log')).toBe(`release 1 in ${rig.work}/releases/1\nrelease 2 in ${rig.work}/releases/2\n`);
});

test('output of a helper and of the daemon never mix within a line', async ({ rig }) => {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
  await rig.start();
  const daemon = await stage.enter('p');
  const helper = await daemon.helper('for i in 1 2 3 4 5 6 7 8 9; do echo helper; done');
  for (let count = 0; count < 9; count += 1) await daemon.print('daemon');
  await rig.until('p', 'has done both', () => daemon.ended.has(helper));
  await rig.ask('stop', { names: ['p'], wait: true, now: true });
  expect(rig.log('p.log').split('\n').sort()).toEqual([
    '',
    ...Array.from({ length: 9 }, () => 'daemon'),
    ...Array.from({ length: 9 }, () => 'helper'),
  ]);
});
