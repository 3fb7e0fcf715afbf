import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject } from 'vitest';
import { need } from '../support/needs.ts';
import { familyOf } from '../support/processes.ts';
import { test } from '../support/supervise.ts';

const prlimit = need('prlimit', 'util-linux');
const setpriv = need('setpriv', 'util-linux');
const isRoot = process.getuid?.() === 0;

const GOES_ON = '#!/bin/sh\nexec sleep 1000\n';
const SOON = { delay: '100ms', max_delay: '100ms', jitter: 0 };

describe('each start leads a process of its own, or says why it cannot', () => {
  test('a daemon leads its own session and process group', async ({ rig }) => {
    rig.file('work.sh', GOES_ON);
    rig.list([{ name: 'work', script: './work.sh' }]);
    const supervise = await rig.start();
    const { pid } = await rig.until('work', 'has a process', (it) => it.pid !== null);
    expect(familyOf(pid ?? 0)).toEqual({ pid, group: pid, session: pid });
    expect(familyOf(supervise.pid)?.session).not.toBe(pid);
  });

  // What fails after the list was found valid: a deploy removed something.
  test.for<[string, (work: string) => void, RegExp]>([
    [
      'its folder is missing',
      (work) => {
        rmSync(path.join(work, 'place'), { recursive: true });
      },
      /folder .*place.* does not exist|place.*(no such|not exist|missing)/,
    ],
    [
      'its program is missing',
      (work) => {
        unlinkSync(path.join(work, 'bin/work'));
      },
      /bin\/work does not exist/,
    ],
    [
      'its program may not be executed',
      (work) => {
        chmodSync(path.join(work, 'bin/work'), 0o644);
      },
      /bin\/work .*(execut|x bit|permission)/,
    ],
    [
      'the interpreter in its first line is missing',
      (work) => {
        unlinkSync(path.join(work, 'bin/shell'));
      },
      /first line of .*bin\/work names .*bin\/shell.* not exist/,
    ],
    [
      'its folder has become a file',
      (work) => {
        rmSync(path.join(work, 'place'), { recursive: true });
        symlinkSync('bin/work', path.join(work, 'place'));
      },
      /place.*not a (folder|directory)|place.*no folder/,
    ],
  ])('%s', async ([, breakIt, cause], { rig }) => {
    symlinkSync('/bin/sh', path.join(path.dirname(rig.file('bin/x', '')), 'shell'));
    rig.file('place/x', '');
    rig.file('bin/work', `#!${rig.work}/bin/shell\nexec sleep 1000\n`);
    rig.list([
      { name: 'work', command: [path.join(rig.work, 'bin/work')], cwd: 'place', restart: SOON },
      { name: 'other', shell: 'exec sleep 1000' },
    ]);
    await rig.start();
    const { pid } = await rig.untilState('work', 'running');
    breakIt(rig.work);
    process.kill(pid ?? 0, 'SIGKILL');
    const { words } = await rig.event('work', /could not be started/);
    expect(words).toMatch(cause);
    const { last_exit: end, pid: none } = await rig.until(
      'work',
      'could not be started',
      (it) => it.last_exit?.code === null && it.last_exit.signal === null,
    );
    expect(end).toMatchObject({ kind: 'crash', cut: 'no' });
    expect(none).toBeNull();
    expect((await rig.ask('why', { names: ['work'] }))[0]?.words.join(' ')).toMatch(cause);
    expect((await rig.instance('other')).state).toBe('running');
  });

  test('arguments too long for the kernel are named as that, and the supervisor lives on', async ({ rig }) => {
    rig.list([{ name: 'big', command: ['/bin/echo', 'x'.repeat(200_000)], restart: SOON }]);
    await rig.start();
    await rig.event('big', /arguments and environment are too long for the kernel/);
    expect((await rig.instance('big')).state).not.toBe('running');
  });

  test('a NUL in arguments is refused by the list', async ({ rig }) => {
    rig.list([{ name: 'nul', command: ['/bin/echo', 'a\u0000b'] }]);
    const { code, err } = await rig.run('start');
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/nul/i) as string });
  });

  test('a text file without a first line is refused by the list, and a file of garbage says that it cannot be run', async ({
    rig,
  }) => {
    rig.file('garbage', '\u007fELF\u0000\u0000garbage');
    chmodSync(path.join(rig.work, 'garbage'), 0o755);
    rig.list([{ name: 'garbage', command: ['./garbage'], restart: SOON }]);
    await rig.start();
    await rig.event('garbage', /ended by itself, exit|not a program|could not be started/);
  });

  test.skipIf(prlimit.missing)(
    `too few descriptors for the list are refused in words${prlimit.note}`,
    async ({ rig }) => {
      rig.list([{ name: 'p', shell: 'exec sleep 1000', instances: 100 }]);
      const { code, err } = await rig.launch(['start'], { under: ['prlimit', '--nofile=200'] }).ended;
      expect({ code, err }).toEqual({
        code: 2,
        err: expect.stringContaining('100 instances need 353 open files, and the limit is 200') as string,
      });
    },
  );

  test.skipIf(setpriv.missing || prlimit.missing || !isRoot)(
    `at the limit of processes nobody has crashed (needs root${setpriv.note}${prlimit.note})`,
    async ({ rig }) => {
      const uid = 40_000 + (process.pid % 20_000);
      chmodSync(inject('root'), 0o755);
      for (const folder of [rig.folder, rig.work, rig.home]) chownSync(folder, uid, uid);
      rig.list([{ name: 'a', shell: 'exec sleep 1000', restart: SOON }]);
      const supervise = await rig.start([], {
        under: ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'],
      });
      const { pid } = await rig.untilState('a', 'running');
      limitProcesses(supervise.pid, 1, uid);
      process.kill(pid ?? 0, 'SIGKILL');
      await rig.event('a', /shortage of ours/);
      limitProcesses(supervise.pid, 1000, uid);
      const again = await rig.until('a', 'runs again', (it) => it.state === 'running' && it.pid !== pid);
      expect(again.quick_ends).toBeLessThanOrEqual(1);
    },
  );
});

/** Sets the soft limit of a running process, as its own user. */
function limitProcesses(pid: number, to: number, uid: number): void {
  const as = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'];
  execFileSync('setpriv', [...as, 'prlimit', `--nproc=${to}:`, '--pid', String(pid)]);
}
