import { describe, expect } from 'vitest';
import { isAlive } from '../support/processes.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { Pane, tmux } from '../support/tmux.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

describe.skipIf(tmux.missing)(
  `a terminal that is closed under a start is a first stop: daemons end at their boundary${tmux.note}`,
  () => {
    test('while they print', async ({ rig }) => {
      const { pane, daemon, pid } = await inTerminal(rig);
      await flood(rig, daemon);
      pane.close();
      await drains(rig, daemon, pid);
    });

    test('while it is halted (Ctrl-S), with lines that it has not taken', async ({ rig }) => {
      const { pane, daemon, pid } = await inTerminal(rig);
      pane.press('C-s');
      await flood(rig, daemon);
      pane.close();
      await drains(rig, daemon, pid);
    });
  },
);

async function inTerminal(rig: Rig): Promise<{ pane: Pane; daemon: Puppet; pid: number }> {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
  const pane = new Pane(rig, ['start']);
  const daemon = await stage.enter('p');
  await rig.untilState('p', 'running');
  return { pane, daemon, pid: (await rig.status()).supervisor?.pid ?? 0 };
}

async function flood(rig: Rig, daemon: Puppet): Promise<void> {
  const block = Array.from({ length: 100 }, () => 'x'.repeat(499)).join('\n');
  for (let count = 0; count < 60; count += 1) await daemon.print(block);
  await waitFor(
    'all of it is in the log',
    () => rig.log('p.log').length,
    (length) => length === 60 * 100 * 500,
  );
}

async function drains(rig: Rig, daemon: Puppet, pid: number): Promise<void> {
  await daemon.heard('SIGTERM');
  expect((await rig.instance('p')).state).toBe('draining');
  await daemon.print('its last words');
  await daemon.exit(0);
  await waitUntil('supervise has ended', () => !isAlive(pid));
  expect(rig.log('p.log').endsWith('its last words\n')).toBe(true);
  expect(daemon.signals).toEqual(['SIGTERM']);
}
