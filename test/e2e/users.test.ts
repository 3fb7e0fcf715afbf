import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { need } from '../support/needs.ts';
import { DEPLOY, MEDIA, SHOP, as, knowingUsers, otherUsers } from '../support/other-users.ts';
import { familyOf, isAlive } from '../support/processes.ts';
import { test } from '../support/supervise.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

const php = need('php', 'php-cli');

describe.skipIf(otherUsers.missing)(`a daemon of another user${otherUsers.note}`, () => {
  test('has all groups of its user, HOME and the like, its mask, priority and limits; pid and session are its own', async ({
    rig,
  }) => {
    rig.list([
      {
        name: 'p',
        shell:
          'echo $(id -u) $(id -g) $(id -G); echo $HOME $USER $LOGNAME $SHELL; umask; ulimit -n; ulimit -Hc; echo $(($(nice))); echo $PPID $$$$; exec sleep 1000',
        user: SHOP.name,
        umask: '027',
        nice: 7,
        ulimit: { open_files: 77, core: 0 },
      },
    ]);
    const supervise = await rig.start([], { under: knowingUsers(rig) });
    const { pid } = await rig.untilState('p', 'running');
    const { uid, gid, home, name, shell } = SHOP;
    expect(rig.log('p.log').split('\n')).toEqual([
      `${uid} ${gid} ${gid} ${MEDIA.gid}`,
      `${home} ${name} ${name} ${shell}`,
      '0027',
      '77',
      '0',
      '7',
      `${supervise.pid} ${pid}`,
      '',
    ]);
    expect(familyOf(pid ?? 0)).toEqual({ pid, group: pid, session: pid });
  });

  test('keeps what the list sets of HOME, and gets the group that is written beside the user', async ({ rig }) => {
    rig.list([
      {
        name: 'p',
        shell: 'echo $HOME $(id -g) $(id -G); exec sleep 1000',
        user: `${SHOP.uid}:${DEPLOY.name}`,
        env: { HOME: '/elsewhere' },
      },
    ]);
    await rig.start([], { under: knowingUsers(rig) });
    await rig.untilState('p', 'running');
    expect(rig.log('p.log')).toBe(`/elsewhere ${DEPLOY.gid} ${DEPLOY.gid} ${SHOP.gid} ${MEDIA.gid}\n`);
  });

  test('opens its own output by name, and nobody else does', async ({ rig }) => {
    rig.list([
      {
        name: 'p',
        shell: 'echo one > /dev/stdout; echo two > /dev/stderr; echo READY=1 > /dev/fd/3; exec sleep 1000',
        user: SHOP.name,
        ready: 'notify',
      },
      { name: 'q', shell: 'exec sleep 1000' },
    ]);
    await rig.start([], { under: knowingUsers(rig) });
    await rig.untilState('p', 'running');
    await rig.untilState('q', 'running');
    await waitUntil('both lines are there', () => rig.log('p.log') === 'one\ntwo\n');
    const look = (name: string): string => {
      const { uid, mode } = statSync(path.join(rig.state, name));
      return `${uid} ${(mode & 0o777).toString(8)}`;
    };
    expect(['.', 'fifo', 'logs', 'fifo/p.out', 'fifo/p.say', 'fifo/q.out', 'control.sock'].map(look)).toEqual([
      '0 711',
      '0 711',
      '0 700',
      `${SHOP.uid} 600`,
      `${SHOP.uid} 600`,
      '0 600',
      '0 600',
    ]);
  });

  test.skipIf(php.missing)(`PHP writes to php://stdout and to /dev/stdout${php.note}`, async ({ rig }) => {
    const script = `<?php foreach (['php://stdout', '/dev/stdout'] as $name) fwrite(fopen($name, 'w'), "$name\\n"); sleep(1000);`;
    rig.file('work.php', script);
    rig.list([{ name: 'p', script: './work.php', user: SHOP.name }]);
    await rig.start([], { under: knowingUsers(rig) });
    await waitUntil('both lines are there', () => rig.log('p.log') === 'php://stdout\n/dev/stdout\n');
  });

  test('is drained, replaced after a change, and killed with its helpers', async ({ rig }) => {
    rig.file('changed', '');
    rig.file(
      'work.sh',
      `#!/bin/sh\ntrap 'echo drained; exit 0' TERM\nsleep 1000 &\necho helper $!\nwhile :; do sleep 0.05; done\n`,
    );
    rig.list([{ name: 'p', script: './work.sh', user: SHOP.name, watch: ['changed'] }]);
    await rig.start([], { under: knowingUsers(rig) });
    const first = await rig.untilState('p', 'running');
    rig.file('changed', 'yes');
    const second = await rig.until('p', 'runs anew', ({ state, pid }) => state === 'running' && pid !== first.pid);
    expect(second.last_exit?.words).toMatch(/^its main process ended by itself, exit 0/);
    const helper = Number(/helper (\d+)\n$/.exec(rig.log('p.log'))?.[1]);
    expect(isAlive(helper)).toBe(true);
    await rig.ask('stop', { names: ['p'], wait: true, now: true });
    expect([isAlive(helper), isAlive(second.pid ?? 0)]).toEqual([false, false]);
    // The helper may be seen for a moment after its main process.
    expect((await rig.instance('p')).last_exit?.words).toMatch(/^(its main process )?killed by supervise/);
  });

  test('is adopted after a SIGKILL of the supervisor, and its FIFOs are its own again', async ({ rig }) => {
    const under = knowingUsers(rig);
    rig.list([{ name: 'p', shell: 'while :; do echo x > /dev/stdout; sleep 0.05; done', user: SHOP.name }]);
    const before = await rig.start([], { under });
    const { pid } = await rig.untilState('p', 'running');
    before.signal('SIGKILL');
    await before.ended;
    await rig.start([], { under });
    const after = await rig.untilState('p', 'running');
    expect([after.pid, after.flags]).toEqual([pid, ['adopted']]);
  });

  test('never gives root what its env file sets: the links of root see it under other names only', async ({ rig }) => {
    const seen = path.join(rig.folder, 'seen');
    const real = (process.env.PATH ?? '').split(':').map((each) => path.join(each, 'setpriv'));
    const found = real.find((each) => statSync(each, { throwIfNoEntry: false })?.isFile());
    rig.file('bin/setpriv', `#!/bin/sh\nenv > ${seen}\nexec ${found ?? ''} "$@"\n`);
    writeFileSync(path.join(rig.work, '.env'), 'LD_PRELOAD=/nonexistent.so\nPATH=/usr/bin:/bin\nTWO="a  b\'$c"\n');
    rig.list([
      {
        name: 'p',
        shell: 'env; exec sleep 1000',
        user: SHOP.name,
        env_file: '.env',
      },
    ]);
    await rig.start([], {
      under: knowingUsers(rig),
      env: { PATH: `${path.join(rig.work, 'bin')}:${process.env.PATH ?? ''}` },
    });
    await rig.untilState('p', 'running');
    const ofRoot = readFileSync(seen, 'utf8').split('\n');
    expect(ofRoot.filter((line) => /^(LD_PRELOAD|TWO)=/.test(line))).toEqual([]);
    const ofDaemon = await waitFor(
      'it has printed its environment',
      () => rig.log('p.log').split('\n'),
      (lines) => lines.length > 5,
    );
    expect(ofDaemon).toEqual(
      expect.arrayContaining(['LD_PRELOAD=/nonexistent.so', 'PATH=/usr/bin:/bin', `TWO=a  b'$c`]),
    );
    expect(ofDaemon.filter((line) => line.startsWith('SUPERVISE_KEPT'))).toEqual([]);
  });

  test('cannot be started by anybody but root: in words, exit 2', async ({ rig }) => {
    const under = knowingUsers(rig);
    rig.list([{ name: 'p', shell: 'exec sleep 1000', user: 'root' }]);
    chmodSync(rig.work, 0o755);
    const state = path.join(rig.work, 'state');
    const { code, err } = await rig.launch(['start', '--state-dir', state], {
      under: [...under, ...as(SHOP.uid, SHOP.gid)],
    }).ended;
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringContaining('daemon p cannot run as root: only root may start it as another user') as string,
    });
  });
});

describe.skipIf(otherUsers.missing)(`supervisor.socket.group${otherUsers.note}`, () => {
  const stranger = SHOP.uid + 7;

  test('lets its members in, and tells others who owns it and which group may', async ({ rig }) => {
    const under = knowingUsers(rig);
    rig.list({ supervisor: { socket: { group: DEPLOY.name } }, daemons: [{ name: 'p', shell: 'exec sleep 1000' }] });
    await rig.start([], { under });
    const look = (name: string): string => {
      const { gid, mode } = statSync(path.join(rig.state, name));
      return `${gid} ${(mode & 0o777).toString(8)}`;
    };
    expect(['.', 'control.sock', 'logs', 'fifo'].map(look)).toEqual([
      `${DEPLOY.gid} 710`,
      `${DEPLOY.gid} 660`,
      '0 700',
      '0 700',
    ]);
    const ask = (gid: number, ...args: readonly string[]) =>
      rig.launch(args, { under: [...under, ...as(stranger, gid)] }).ended;
    expect(await ask(DEPLOY.gid, 'stop', 'p')).toMatchObject({ code: 0 });
    expect(await ask(DEPLOY.gid, 'status')).toMatchObject({
      code: 0,
      out: expect.stringContaining('stopped') as string,
    });
    const refused = await ask(MEDIA.gid, 'status');
    expect({ code: refused.code, err: refused.err }).toEqual({
      code: 1,
      err: expect.stringContaining(
        `${rig.state} belongs to root: ask as that user, as a member of the group ${DEPLOY.name}, or as root`,
      ) as string,
    });
  });

  test('is closed again by a list that does not ask for it', async ({ rig }) => {
    const under = knowingUsers(rig);
    rig.list({
      supervisor: { socket: { group: DEPLOY.name } },
      daemons: [{ name: 'p', shell: 'exec sleep 1000', user: SHOP.name }],
    });
    const first = await rig.start([], { under });
    await rig.untilState('p', 'running');
    const mode = (name: string): string => (statSync(path.join(rig.state, name)).mode & 0o777).toString(8);
    expect([mode('.'), mode('control.sock')]).toEqual(['711', '660']);
    first.signal('SIGTERM');
    await first.ended;
    rig.list([{ name: 'p', shell: 'exec sleep 1000' }]);
    await rig.start([], { under });
    await rig.untilState('p', 'running');
    expect(['.', 'fifo', 'control.sock'].map(mode)).toEqual(['700', '700', '600']);
    expect(statSync(path.join(rig.state, 'fifo/p.out')).uid).toBe(0);
  });

  test('says which folder above is closed to it', async ({ rig }) => {
    const under = knowingUsers(rig);
    chmodSync(rig.folder, 0o700);
    rig.list({ supervisor: { socket: { group: DEPLOY.name } }, daemons: [{ name: 'p', shell: 'exec sleep 1000' }] });
    await rig.start([], { under });
    expect((await rig.status()).supervisor?.problems.join()).toContain(
      `${rig.folder} is closed to the group ${DEPLOY.name}, so ${rig.state} cannot be reached`,
    );
  });
});
