import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { isAlive } from '../support/processes.ts';
import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';
import { waitFor } from '../support/wait-for.ts';

const REPLACED: readonly (readonly [string, (file: string) => void, RegExp])[] = [
  ['nothing', () => undefined, /does not exist|there is no daemons\.yaml/],
  [
    'a folder',
    (file) => {
      mkdirSync(file);
    },
    /is a folder/,
  ],
  [
    'a FIFO that nobody writes',
    (file) => {
      execFileSync('mkfifo', [file]);
    },
    /is not a file/,
  ],
  [
    'bytes that are no text',
    (file) => {
      writeFileSync(file, Buffer.from([0, 255, 254, 128, 10, 0]));
    },
    /is not text/,
  ],
  [
    '50 MB',
    (file) => {
      writeFileSync(file, '- ./a\n');
      truncateSync(file, 50 * 1024 * 1024);
    },
    /is too large/,
  ],
  [
    'a link to itself',
    (file) => {
      symlinkSync(file, file);
    },
    /links go in a circle/,
  ],
  [
    'a device without an end',
    (file) => {
      symlinkSync('/dev/zero', file);
    },
    /is not a file/,
  ],
  [
    'another list',
    (file) => {
      writeFileSync(file, '[{ name: q, shell: exec sleep 1000 }]');
    },
    /./,
  ],
];

describe('whatever the list is replaced by while it runs, nothing happens to what runs', () => {
  test('it is started again as it was, commands answer, and check says what is wrong', async ({ rig }) => {
    const stage = await rig.stage();
    const file = rig.list([{ name: 'p', script: PUPPET, cwd: '.', restart: { delay: '10ms' } }]);
    const supervise = await rig.start();
    let daemon = await stage.enter('p');
    let reloads = 0;
    for (const [what, replace, words] of REPLACED) {
      rmSync(file, { recursive: true, force: true });
      replace(file);
      const checked = await rig.run('check', '--file', file);
      if (what !== 'another list') expect(checked, what).toMatchObject({ code: 2 });
      expect(checked.out + checked.err, what).toMatch(words);
      const status = await rig.run('status', '--json', '--file', file);
      expect(JSON.parse(status.out), what).toMatchObject({
        supervisor: { pid: supervise.pid, state: 'running' },
        instances: [{ id: 'p', pid: daemon.pid }],
      });
      // Without a named folder either, a command may not wait for a list that never comes.
      const elsewhere = await rig.launch(['status', '--file', file], { env: { SUPERVISE_STATE_DIR: '' } }).ended;
      expect(elsewhere.code, what).toBe(3);
      // A valid list is taken over: that is what SIGHUP is for.
      if (what !== 'another list') {
        supervise.signal('SIGHUP');
        reloads += 1;
        await waitFor(
          'it is refused',
          () => supervise.out.match(/SIGHUP: .*Nothing was changed/g)?.length,
          (n) => n === reloads,
        );
      }
      expect(daemon.signals, what).toEqual([]);
      expect(isAlive(daemon.pid), what).toBe(true);
      await daemon.exit(1);
      daemon = await stage.enter('p');
    }
    const stopping = rig.run('stop', '--file', file);
    await daemon.heard('SIGTERM');
    await daemon.exit(0);
    expect(await stopping).toMatchObject({ code: 0 });
    expect(await supervise.ended).toMatchObject({ code: 0, signal: null });
  });
});
