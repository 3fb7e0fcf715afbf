import { describe, expect } from 'vitest';
import { answer } from '../support/answer.ts';
import { left, nobodyLeft, SLEEPER } from '../support/detached.ts';
import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';
import { Pane, tmux } from '../support/tmux.ts';
import { waitUntil } from '../support/wait-for.ts';

test('start --tui without a terminal is refused before anything is started', async ({ rig }) => {
  rig.list([{ name: 'p', ...SLEEPER }]);
  expect(await rig.run('start', '--tui')).toMatchObject({
    code: 2,
    err: expect.stringContaining('the screen needs a terminal') as string,
  });
  await nobodyLeft(rig);
});

const QUESTION = 'd detach  s stop all  Esc stay';

/** Asks to leave, and answers the question. */
async function leave(pane: Pane, key: string): Promise<void> {
  pane.press('q');
  await pane.shows(QUESTION);
  await answer(pane, key, () => !pane.rows().join('\n').includes(QUESTION));
}

describe.skipIf(tmux.missing)(`start --tui${tmux.note}`, () => {
  test('opens the screen of a list that it has started; who leaves may stay, or leave it running', async ({ rig }) => {
    rig.list([{ name: 'photos', ...SLEEPER }]);
    const pane = new Pane(rig, ['start', '--tui']);
    await pane.shows(/photos +running/);
    await leave(pane, 'Escape');
    await pane.shows('filter');
    await leave(pane, 'd');
    expect(await pane.ended()).toBe(0);
    const screen = await pane.shows('in the background, pid ');
    expect(screen).toContain('supervise stop');
    expect((await rig.instance('photos')).state).toBe('running');
    expect(rig.guards()).toHaveLength(1);
  });

  test('who leaves may stop all', async ({ rig }) => {
    rig.list([{ name: 'photos', ...SLEEPER }]);
    const pane = new Pane(rig, ['start', '--tui']);
    await pane.shows(/photos +running/);
    await leave(pane, 's');
    expect(await pane.ended()).toBe(0);
    await waitUntil('nobody is left', () => left(rig).length === 0);
    expect(pane.screen()).not.toContain('in the background');
  });

  test('who stops all and does not wait for it is not told that the list runs', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ name: 'photos', script: PUPPET, cwd: '.' }]);
    const pane = new Pane(rig, ['start', '--tui']);
    const daemon = await stage.enter('photos');
    await pane.shows(/photos +running/);
    await leave(pane, 's');
    await daemon.heard('SIGTERM');
    await pane.shows('stopping: 1 draining');
    pane.press('q');
    expect(await pane.ended()).toBe(0);
    expect(await pane.shows('the list is stopping')).not.toContain('ends at a reboot');
    await daemon.exit(0);
    await waitUntil('nobody is left', () => left(rig).length === 0);
  });

  test('a list that cannot be started is told on the terminal as it is, exit 2', async ({ rig }) => {
    rig.file('daemons.yaml', '- {name: p, shel: x}\n');
    const pane = new Pane(rig, ['start', '--tui']);
    expect(await pane.ended()).toBe(2);
    await pane.shows('daemons.yaml:1:');
  });
});
