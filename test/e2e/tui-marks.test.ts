/** Acts on several at once, in a real terminal. */
import { describe, expect } from 'vitest';
import { answer } from '../support/answer.ts';
import { isAlive } from '../support/processes.ts';
import { PUPPET } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { Pane, tmux } from '../support/tmux.ts';

const NAMES = ['a', 'b', 'c'] as const;

describe.skipIf(tmux.missing)(`marks${tmux.note}`, () => {
  test('what is marked is stopped together, after one question, and nobody else is', async ({ rig }) => {
    const { pane, a, b, c } = await open(rig);
    pane.press('Space');
    pane.press('Space');
    await pane.shows('2 marked');
    pane.press('s');
    await pane.shows('stop 2?');
    await answer(pane, 'y', () => a.signals.length > 0 && b.signals.length > 0);
    await a.exit(0);
    await b.exit(0);
    await pane.shows(/stopped a, b: boundary 0 · ended by itself 2 · cut 0/);
    expect(c.signals).toEqual([]);
  });

  test('a kill of the marked wants their number typed', async ({ rig }) => {
    const { pane, a, b, c } = await open(rig);
    pane.press('*');
    await pane.shows('3 marked');
    pane.press('Space');
    await pane.shows('2 marked');
    pane.press('X');
    await pane.shows('type kill 2');
    await answer(pane, 'k', () => pane.rows().some((row) => row.includes('type kill 2: k')));
    pane.type('ill 3');
    pane.press('Enter');
    await pane.shows('nothing was killed: that is not kill 2');
    pane.press('BSpace', '2', 'Enter');
    await Promise.all([b.gone(), c.gone()]);
    expect(isAlive(a.pid)).toBe(true);
  });
});

async function open(rig: Rig) {
  const stage = await rig.stage();
  rig.list(NAMES.map((name) => ({ name, script: PUPPET, cwd: '.' })));
  await rig.start();
  const [a, b, c] = [await stage.enter('a'), await stage.enter('b'), await stage.enter('c')];
  const pane = new Pane(rig, ['tui']);
  for (const name of NAMES) await pane.shows(new RegExp(`${name} +running`));
  return { pane, a, b, c };
}
