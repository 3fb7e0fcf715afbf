import { describe, expect } from 'vitest';
import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';
import { Pane, tmux } from '../support/tmux.ts';
import { waitFor } from '../support/wait-for.ts';

describe.skipIf(tmux.missing)(
  `a terminal that is halted (Ctrl-S) freezes neither supervise nor its daemons${tmux.note}`,
  () => {
    test('lines go to the log, a daemon that ends is started again, and after Ctrl-Q the terminal goes on', async ({
      rig,
    }) => {
      const stage = await rig.stage();
      rig.list([{ name: 'p', script: PUPPET, cwd: '.', restart: { delay: '10ms' } }]);
      const pane = new Pane(rig, ['start']);
      const first = await stage.enter('p');
      await rig.untilState('p', 'running');
      pane.press('C-s');
      // More than the terminal takes, plus what may wait for it.
      const block = Array.from({ length: 100 }, () => 'x'.repeat(499)).join('\n');
      for (let count = 0; count < 60; count += 1) await first.print(block);
      await waitFor(
        'all of it is in the log',
        () => rig.log('p.log').length,
        (length) => length === 60 * 100 * 500,
      );
      await first.exit(1);
      const second = await stage.enter('p');
      expect(await rig.instance('p')).toMatchObject({ pid: second.pid, starts: 2 });
      pane.press('C-q');
      await pane.shows(/\d+ lines were left out/);
      await second.print('seen again');
      await pane.shows('p | seen again');
      pane.press('C-c');
      await second.heard('SIGINT');
      await second.exit(0);
      expect(await pane.ended()).toBe(0);
    });

    test('a stop that is asked while it is halted goes on to its end', async ({ rig }) => {
      const stage = await rig.stage();
      rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
      const pane = new Pane(rig, ['start']);
      const daemon = await stage.enter('p');
      await rig.untilState('p', 'running');
      pane.press('C-s');
      const block = Array.from({ length: 100 }, () => 'x'.repeat(499)).join('\n');
      for (let count = 0; count < 60; count += 1) await daemon.print(block);
      const stopping = rig.run('stop');
      await daemon.heard('SIGTERM');
      await daemon.exit(0);
      expect(await stopping).toMatchObject({ code: 0 });
      expect(await pane.ended()).toBe(0);
    });

    test('nor with log: stdout, where the daemon waits for the terminal: a stop goes on to its end all the same', async ({
      rig,
    }) => {
      const stage = await rig.stage();
      rig.list([{ name: 'p', script: PUPPET, cwd: '.', log: 'stdout' }]);
      const pane = new Pane(rig, ['start']);
      const daemon = await stage.enter('p');
      await rig.untilState('p', 'running');
      pane.press('C-s');
      const block = Array.from({ length: 100 }, () => 'x'.repeat(499)).join('\n');
      const printing = Promise.all(Array.from({ length: 60 }, () => daemon.print(block)));
      await waitFor(
        'it is told that the terminal takes nothing',
        async () => (await rig.status()).supervisor?.problems.join('\n') ?? '',
        (problems) => problems.includes('nobody has read on'),
      );
      const stopping = rig.run('stop');
      await daemon.heard('SIGTERM');
      await printing;
      await daemon.exit(0);
      expect(await stopping).toMatchObject({ code: 0 });
      expect(await pane.ended()).toBe(0);
    });
  },
);
