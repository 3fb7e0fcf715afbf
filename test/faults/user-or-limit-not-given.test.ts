import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { need } from '../support/needs.ts';
import { SHOP, knowingUsers, otherUsers } from '../support/other-users.ts';
import { test } from '../support/supervise.ts';

const prlimit = need('prlimit', 'util-linux');

describe.skipIf(otherUsers.missing || prlimit.missing)(
  `a daemon that could not be given its user or its limits is told as that, not as exit 127${otherUsers.note}${prlimit.note}`,
  () => {
    test('where the rights of root have been taken away, before anything is started', async ({ rig }) => {
      rig.list([{ name: 'p', shell: 'exec sleep 1000', user: SHOP.name, ulimit: { processes: 'unlimited' } }]);
      const without = [
        'setpriv',
        '--bounding-set=-setuid,-setgid,-sys_resource',
        '--inh-caps=-setuid,-setgid,-sys_resource',
        '--',
      ];
      const under = [...knowingUsers(rig), 'prlimit', '--nproc=4000:4000', ...without];
      const { code, out, err } = await rig.launch(['check'], { under }).ended;
      expect(code).toBe(2);
      expect(out + err).toMatch(/daemon p cannot run as sv-shop: setpriv: .*not permitted/);
      expect(out + err).toContain('daemon p cannot have ulimit.processes: unlimited: 4000 is the most here');
    });

    test('where its script was closed to its user meanwhile', async ({ rig }) => {
      const script = rig.file('work', '#!/bin/sh\nexec sleep 1000\n');
      rig.list([{ name: 'p', script: './work', user: SHOP.name, restart: { delay: '50ms' } }]);
      await rig.start([], { under: knowingUsers(rig) });
      await rig.untilState('p', 'running');
      chmodSync(script, 0o700);
      await rig.ask('restart', { names: ['p'], wait: false });
      const failed = await rig.until('p', 'cannot be started', (p) =>
        (p.last_exit?.words ?? '').includes('could not be started'),
      );
      expect(failed.last_exit).toMatchObject({
        code: null,
        kind: 'crash',
        cut: 'no',
        fault: 'not-started',
        words: `could not be started: ${script} could not be executed as sv-shop; its log has the words of the shell`,
      });
      expect(rig.log('p.log')).toContain('Permission denied');
    });

    test('where a limit is above what the supervisor may give by now', async ({ rig }) => {
      rig.list([{ name: 'p', shell: 'exec sleep 1000', ulimit: { open_files: 600 }, restart: { delay: '50ms' } }]);
      const without = ['setpriv', '--bounding-set=-sys_resource', '--inh-caps=-sys_resource', '--'];
      const supervise = await rig.start([], { under: without });
      await rig.untilState('p', 'running');
      execFileSync('prlimit', ['--pid', String(supervise.pid), '--nofile=500:500']);
      await rig.ask('restart', { names: ['p'], wait: false });
      const failed = await rig.until('p', 'cannot be started', (p) =>
        (p.last_exit?.words ?? '').includes('could not be started'),
      );
      expect(failed.last_exit?.words).toBe(
        'could not be started: its ulimit.open_files could not be set; its log has the words of the shell',
      );
    });

    test('while an exit 127 or 126 of its own stays what it is', async ({ rig }) => {
      rig.list([
        { name: 'p', shell: 'exit 127', user: SHOP.name, umask: '022', ulimit: { core: 0 }, restart: 'never' },
      ]);
      const supervise = rig.launch(['start'], { under: knowingUsers(rig) });
      await supervise.says(/ended by itself, exit 127/);
    });
  },
);
