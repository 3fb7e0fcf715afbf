/** A supervisor that is alive but does not answer: the screen must not show outdated facts as current for ever. */
import { describe, expect } from 'vitest';
import { send } from '../support/processes.ts';
import { test } from '../support/supervise.ts';
import { Pane, tmux } from '../support/tmux.ts';

describe.skipIf(tmux.missing)(`a supervisor that is frozen${tmux.note}`, () => {
  test('is noticed, though its socket takes connections; since when is said; and it is found again', async ({
    rig,
  }) => {
    rig.list([{ name: 'p', command: 'sleep 600' }]);
    const { pid } = await rig.start();
    await rig.untilState('p', 'running');
    const pane = new Pane(rig, ['tui']);
    await pane.until('shows that it runs', (rows) => rows.some((row) => /\bp +running/.test(row)));
    send(pid, 'SIGSTOP');
    const rows = await pane.until('says that nobody answers', (all) =>
      all.some((row) => row.includes('no answer for')),
    );
    expect(rows.join('\n')).toMatch(/no answer for [\d.]+s, trying again: the supervisor did not answer/);
    pane.press('s');
    await pane.until('refuses', (all) => all.some((row) => row.includes('nothing was asked')));
    send(pid, 'SIGCONT');
    await pane.until('shows what is', (all) => all.join().includes('running') && !all.join().includes('no answer'));
    pane.press('q');
    expect(await pane.ended()).toBe(0);
  });
});
