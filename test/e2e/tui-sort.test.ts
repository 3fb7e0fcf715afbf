/** The order of the list, and what processes use, in a real terminal over real processes. */
import { describe, expect } from 'vitest';
import { test, type Rig } from '../support/supervise.ts';
import { Pane, tmux } from '../support/tmux.ts';

const LIST = [
  { name: 'resting', command: 'sleep 600' },
  { name: 'spinning', command: ['/bin/sh', '-c', 'while :; do :; done'] },
  { name: 'another', command: 'sleep 600' },
];
const BY_NAME = ['another', 'resting', 'spinning'];

describe.skipIf(tmux.missing)(`the order of the list${tmux.note}`, () => {
  test('o sorts by the next column, O turns it round, and the selection goes with its name', async ({ rig }) => {
    const pane = await open(rig);
    pane.press('j');
    await pane.until('has selected it', (rows) => selected(rows) === 'spinning');
    pane.press('o');
    const rows = await pane.until('is sorted', (each) => each.some((row) => row.includes('NAME↑')));
    expect(namesIn(rows)).toEqual(BY_NAME);
    expect(selected(rows)).toBe('spinning');
    pane.press('O');
    const reversed = await pane.until('is turned round', (each) => each.some((row) => row.includes('NAME↓')));
    expect(namesIn(reversed)).toEqual(BY_NAME.toReversed());
    expect(selected(reversed)).toBe('spinning');
  });

  test('a click on a heading sorts by it', async ({ rig }) => {
    const pane = await open(rig);
    const y = pane.rows().findIndex((row) => row.includes('NAME'));
    const click = (): void => {
      pane.type(`\x1b[<0;5;${y + 1}M\x1b[<0;5;${y + 1}m`);
    };
    click();
    expect(namesIn(await pane.until('is sorted', (rows) => namesIn(rows)[0] === 'another'))).toEqual(BY_NAME);
    click();
    await pane.until('is turned round', (rows) => namesIn(rows).join() === BY_NAME.toReversed().join());
  });

  test('what processes use is shown, is kept up to date, and can be sorted by', async ({ rig }) => {
    const pane = await open(rig);
    await pane.until('shows what it uses', (rows) => rows.some((row) => /spinning .* \d+%  +(<1|\d+)M /.test(row)));
    pane.press('o', 'o', 'o');
    const rows = await pane.until('is sorted by it', (each) => each.join('\n').includes('CPU↓'));
    expect(namesIn(rows)).toEqual(['spinning', 'resting', 'another']);
    pane.press('O');
    await pane.until('is turned round', (each) => namesIn(each).at(-1) === 'spinning');
  });
});

async function open(rig: Rig): Promise<Pane> {
  rig.list(LIST);
  await rig.start();
  const pane = new Pane(rig, ['tui'], { width: 104, height: 24 });
  await pane.until('shows all', (rows) => namesIn(rows).length === LIST.length);
  return pane;
}

const ROW = /^[▸ ]● (\S+) +running/;

const namesIn = (rows: readonly string[]): readonly string[] => rows.flatMap((row) => ROW.exec(row)?.[1] ?? []);

const selected = (rows: readonly string[]): string | undefined => namesIn(rows.filter((row) => row.startsWith('▸')))[0];
