/** The log of the screen in a real terminal, driven by keys. */
import { describe, expect } from 'vitest';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { Pane, tmux, type PaneOptions } from '../support/tmux.ts';

describe.skipIf(tmux.missing)(`the log of the screen${tmux.note}`, () => {
  test('is searched: matches are marked, n goes to older ones and N to newer ones, Escape drops the search', async ({
    rig,
  }) => {
    const { pane, daemon } = await open(rig);
    for (let at = 1; at <= 120; at += 1) await daemon.print(at % 40 === 0 ? `job ${at} no EXIF` : `job ${at}`);
    await pane.until('shows the end', row('job 120'));
    pane.press('/');
    await pane.until('asks for a text', () => pane.modes().cursor);
    pane.type('exif');
    await pane.until('has found three', row(/\/exif +3\/3 lines/));
    pane.press('Enter');
    await pane.until('tells so in the title', row('/exif 3/3'));
    await pane.untilColoured('marks it', (text) => /\x1b\[[0-9;]*48;5;220mEXIF/.test(text));
    pane.press('n');
    await pane.until('shows the older one', (rows) => row('/exif 2/3')(rows) && row('job 80 no EXIF')(rows));
    pane.press('n', 'n');
    await pane.until('has begun anew at the newest', row('no older match: on with the newest'));
    pane.press('N');
    await pane.until('has begun anew at the oldest', (rows) => row('/exif 1/3')(rows) && row('job 40 no EXIF')(rows));
    await daemon.print('EXIF again');
    await pane.until('counts what comes, and stays', (rows) => row('/exif 1/4')(rows) && row('job 40 no EXIF')(rows));
    pane.press('Escape');
    await pane.until('has dropped it', (rows) => !row('/exif')(rows) && row('job 40 no EXIF')(rows));
    pane.press('Escape');
    await pane.until('is in the list', row('↑↓ move'));
  });

  test('a text that is pasted into the search is searched for, and does nothing else', async ({ rig }) => {
    const { pane, daemon } = await open(rig);
    await daemon.print('restart (q) [s] \\d+ y');
    await pane.until('shows the line', row('restart (q)'));
    pane.press('/');
    await pane.until('asks for a text', () => pane.modes().cursor);
    pane.paste('(q) [s] \\d+', true);
    await pane.until('has found it', row(/\/\(q\) \[s\] \\d\+ +1\/1 lines/));
    expect(daemon.signals).toEqual([]);
  });

  test('shows one stream, times, wrapped lines, what is cut, and itself alone', async ({ rig }) => {
    const { pane, daemon } = await open(rig, { width: 80, height: 24 });
    await daemon.print(`${'long '.repeat(40)}the-end`);
    await daemon.print('on stdout');
    await pane.until('shows stdout', row('on stdout'));
    pane.press('[');
    await pane.until('says that there is none', row('no lines of stderr among 2'));
    await daemon.print('on stderr', 'err');
    await pane.until('shows stderr', (rows) => row('on stderr')(rows) && !row('on stdout')(rows));
    pane.press(']');
    await pane.until('shows both', (rows) => row('on stderr')(rows) && row('on stdout')(rows));
    expect(row('the-end')(pane.rows())).toBe(false);

    pane.press('Right', 'Right', 'Right', 'Right', 'Right');
    await pane.until('shows the end of the longest', row(/the-end$/));
    pane.press('Left', 'Left', 'Left', 'Left', 'Left');
    await pane.until('is back', row('on stdout'));
    pane.press('W');
    await pane.until('shows all of it', (rows) => row(/the-end$/)(rows) && row('wrapped')(rows));

    expect(row(/\d\d:\d\d:\d\d on stdout/)(pane.rows())).toBe(true);
    pane.press('t');
    await pane.until('shows no times', row(/^ on stdout/));
    pane.press('l');
    await pane.until('is alone', (rows) => !row('NAME')(rows) && row('on stderr')(rows));
    pane.press('l');
    await pane.until('is one of the panes again', (rows) => row('NAME')(rows) && row('on stderr')(rows));
  });

  test('a hostile line moves nothing, wherever it is cut, and whatever is marked in it', async ({ rig }) => {
    const { pane, daemon } = await open(rig, { width: 60, height: 20 });
    const title = pane.show('#{pane_title}');
    const hostile = '\x1b]0;owned\x07\x1b[2J\x1b[H\x1b[31m写\x9b5m真\x07\te\u0301👨‍👩‍👧‍👦\u202e\x1b[?1049l';
    await daemon.print(hostile.repeat(40));
    await daemon.print('the last');
    await pane.until('shows the last', row('the last'));
    const expectSame = (rows: readonly string[]): void => {
      expect(rows[0]).toContain('supervise');
      expect(rows.at(-1)).toContain('quit');
      expect(pane.modes()).toEqual({ alternate: true, cursor: false, mouse: true, keypad: true });
      expect(pane.show('#{pane_title}')).toBe(title);
    };
    pane.press('l');
    expectSame(await pane.until('is alone', (rows) => !row('NAME')(rows)));
    for (let step = 0; step < 7; step += 1) pane.press('Right');
    expectSame(await pane.until('is scrolled sideways', row('from column')));
    pane.press('W');
    const wrapped = await pane.until('is wrapped', row('wrapped'));
    expectSame(wrapped);
    expect(wrapped.filter((each) => each.includes('写真'))).not.toEqual([]);
    pane.press('/');
    await pane.until('asks for a text', () => pane.modes().cursor);
    pane.type('真');
    await pane.until('has found it', row(/\/真 +1\/1/));
    pane.press('Enter');
    expectSame(await pane.until('tells so', row('/真 1/1')));
    pane.press('Escape');
    await pane.until('has dropped the search', (rows) => !row('/真')(rows));
    pane.press('l');
    await pane.until('shows the list', row(/p +running/));
  });
});

const row =
  (what: string | RegExp) =>
  (rows: readonly string[]): boolean =>
    rows.some((each) => (typeof what === 'string' ? each.includes(what) : what.test(each)));

/** The screen of a list of one puppet, its log with the keys. */
async function open(rig: Rig, options: PaneOptions = {}): Promise<{ pane: Pane; daemon: Puppet }> {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
  await rig.start();
  const daemon = await stage.enter('p');
  await rig.untilState('p', 'running');
  const pane = new Pane(rig, ['tui'], options);
  await pane.until('is drawn', (rows) => row(/p +running/)(rows) && row('quit')(rows));
  pane.press('Tab');
  await pane.until('gives the keys to the log', row('Esc back'));
  return { pane, daemon };
}
