import { describe, expect, it } from 'vitest';
import type { LineView } from '../../../src/control/view.ts';
import { KEPT_LINES } from '../../../src/tui/log-buffer.ts';
import { logPane } from '../../../src/tui/log-pane.ts';
import { visibleRows } from '../../../src/tui/log-window.ts';
import type { Message } from '../../../src/tui/message.ts';
import { placeOf, selectedOf, type Model } from '../../../src/tui/model.ts';
import { update } from '../../../src/tui/update.ts';
import { view } from '../../../src/tui/view.ts';
import { connected, daemon, freshModel, keys, line, NOW, typed, use } from '../../support/screens.ts';

const printed = (texts: readonly string[], facts: Partial<LineView> = {}, id = 'a'): Message => ({
  is: 'lines',
  id,
  lines: texts.map((text) => line(id, text, facts)),
});
/** `photo 0`, `photo 1` …; each tenth has no EXIF. */
const photos = (count: number, from = 0): Message =>
  printed(Array.from({ length: count }, (_, at) => `photo ${from + at}${(from + at) % 10 === 0 ? ' no EXIF' : ''}`));

const start = use(freshModel(), [connected([daemon('a'), daemon('b')]), ...keys('tab'), photos(100)]).model;
const after = (model: Model, ...messages: readonly (Message | readonly Message[])[]): Model =>
  use(model, messages.flat()).model;
const searched = (text: string, from = start): Model => after(from, keys('/'), typed(text), keys('enter'));

const rows = (model: Model): readonly string[] =>
  view(model).lines.map((each) => each.map(({ text }) => text).join(''));
const title = (model: Model): string => rows(model).find((row) => row.includes('── log')) ?? '';
const seen = (model: Model): readonly string[] =>
  visibleRows(model.log, logPane(model)).map(({ row }) => ('text' in row ? row.text : '-'));
const marked = (model: Model): readonly string[] =>
  view(model).lines.flatMap((each) => each.filter(({ role }) => role.startsWith('match')).map(({ text }) => text));

describe('a search', () => {
  it('goes with each letter to the newest match, and says which it is', () => {
    const typing = after(start, keys('/'), typed('photo 4'));

    expect(seen(typing)).toContain('photo 49');
    expect(rows(typing).join('\n')).toMatch(/\/photo 4 +11\/11 lines/);
    expect(seen(after(typing, typed('2')))).toContain('photo 42');
    expect(title(searched('exif'))).toContain('/exif 10/10 ──');
    expect(marked(searched('exif'))).toContain('EXIF');
  });

  it('n goes to older ones and N to newer ones, and both go on at the other end and say so', () => {
    const older = after(searched('exif'), keys('n', 'n'));
    expect(title(older)).toContain('/exif 8/10');
    expect(seen(older)).toContain('photo 70 no EXIF');
    expect(title(after(older, keys('N')))).toContain('/exif 9/10');
    const around = after(searched('exif'), keys('N'));
    expect(title(around)).toContain('/exif 1/10');
    expect(seen(around)).toContain('photo 0 no EXIF');
    expect(around.told?.words).toBe('no newer match: on with the oldest');
    const back = after(around, keys('n'));
    expect(title(back)).toContain('/exif 10/10');
    expect(back.told?.words).toBe('no older match: on with the newest');
  });

  it('n goes on from where one has scrolled to', () => {
    const scrolled = after(searched('exif'), keys('g', 'down', 'down'));

    expect(title(after(scrolled, keys('N')))).toContain('/exif 2/10');
    expect(title(after(scrolled, keys('n')))).toMatch(/\/exif [12]\/10/);
  });

  it('counts the lines that come, and holds what is read', () => {
    const read = after(searched('exif'), keys('n'));
    const later = after(read, photos(40, 100));

    expect(seen(later)).toEqual(seen(read));
    expect(title(later)).toContain('/exif 9/14');
    expect(title(later)).toContain('40 new');
    expect(title(after(later, photos(KEPT_LINES, 140)))).toContain('/exif 200 ──');
  });

  it('of one stream finds what is shown', () => {
    const mixed = after(start, printed(['EXIF missing'], { stream: 'err' }), keys('['));

    expect(title(searched('exif', mixed))).toContain('/exif 1/1');
    expect(title(after(searched('exif', mixed), keys('[')))).toContain('/exif 10');
  });

  it('without a match says so and moves nothing', () => {
    const held = after(start, keys('pageup'));
    const none = searched('nothing has this', held);

    expect(seen(none)).toEqual(seen(held));
    expect(title(none)).toContain('/nothing has this none');
    expect(after(none, keys('n')).told?.words).toContain('no line that is kept here matches');
  });

  it('n without a search says how to begin one', () => {
    expect(after(start, keys('n')).told?.words).toContain('type / and a text');
  });

  it('Escape gives it up while it is typed, and leads back to where it began, following where it did', () => {
    expect(after(start, keys('/'), typed('photo 4'), keys('escape')).log).toEqual(start.log);
    const held = after(start, keys('pageup', 'up'));
    expect(after(held, keys('/'), typed('photo 4'), keys('escape')).log).toEqual(held.log);
  });

  it('Escape drops it where one is, and then leaves the log', () => {
    const dropped = after(searched('photo 4'), keys('escape'));
    expect(dropped.log.search).toBeNull();
    expect(seen(dropped)).toContain('photo 49');
    expect(marked(dropped)).toEqual([]);
    expect(placeOf(dropped)).toBe('log');
    expect(placeOf(after(dropped, keys('escape')))).toBe('list');
  });

  it('of nothing is none', () => {
    expect(searched('').log.search).toBeNull();
    expect(after(start, keys('/'), typed('ab'), keys('C-u', 'enter')).log).toEqual(start.log);
  });

  it('takes letters that are keys elsewhere, is edited, and asks for nothing', () => {
    const { model, requests } = use(start, [...keys('/'), ...typed('qsrXl[tW'), ...keys('backspace')]);

    expect(model.log.search?.text).toBe('qsrXl[t');
    expect(requests).toEqual([]);
  });

  it('goes on while its pane cannot be seen, and its line shows the end of a long text', () => {
    const typing = after(start, keys('/'), typed('a text'));
    for (const size of [
      { width: 20, height: 4 },
      { width: 0, height: 0 },
    ])
      expect(view(after(typing, { is: 'resized', size }, typed('s'))).cursor).toBeNull();
    const long = after(start, keys('/'), typed(`${'x'.repeat(100)}END`));
    expect(rows(long).join('\n')).toContain('xxxEND');
    expect(view(long).cursor).toEqual({ x: 79, y: 22 });
  });

  it('goes on in the log of another instance, and of a supervisor that is back', () => {
    const other = after(searched('exif'), keys('tab', 'down'), printed(['exif of b'], {}, 'b'));
    expect(selectedOf(other)?.id).toBe('b');
    expect(title(other)).toContain('/exif 1 ──');
    const back = after(searched('exif'), { is: 'lost', words: 'gone' }, connected([daemon('a')]), photos(20));
    expect(title(back)).toContain('/exif 2 ──');
  });

  it('scrolls a line sideways to what was found in it, and shows the right row of one that is wrapped', () => {
    const long = after(start, printed([`${'x'.repeat(3_000)}needle${'y'.repeat(900)}`]));

    expect(marked(searched('needle', long))).toEqual(['needle']);
    expect(title(searched('needle', long))).toContain('from column');
    expect(marked(searched('needle', after(long, keys('W'))))).toEqual(['needle']);
  });
});

describe('the keys of the log', () => {
  it('[ and ] go through the streams, one against the other', () => {
    const streams = (...names: readonly string[]) => after(start, keys(...names)).logLook.stream;

    expect([streams(']'), streams(']', ']'), streams(']', ']', ']')]).toEqual(['out', 'err', 'both']);
    expect([streams('['), streams('[', '['), streams('[', ']')]).toEqual(['err', 'out', 'both']);
  });

  it('t shows times where there is no room by itself, and takes them where there is', () => {
    const small = after(start, { is: 'resized', size: { width: 44, height: 24 } });

    expect(rows(start).join('\n')).toContain('12:41:05 photo 99');
    expect(rows(after(start, keys('t'))).join('\n')).not.toContain('12:41:05');
    expect(rows(small).join('\n')).not.toContain('12:41:05');
    expect(rows(after(small, keys('t'))).join('\n')).toContain('12:41:05 photo 99');
  });

  it('l is the log alone, and back, with the keys where they were', () => {
    const fromList = after(start, keys('tab', 'l'));
    expect(placeOf(fromList)).toBe('log');
    expect(rows(fromList).filter((row) => row.includes('photo'))).toHaveLength(20);
    expect(placeOf(after(fromList, keys('l')))).toBe('list');
    expect(placeOf(after(start, keys('l', 'l')))).toBe('log');
    expect(placeOf(after(start, keys('l', 'escape')))).toBe('list');
    expect(rows(after(start, keys('l', 'escape'))).join('\n')).toContain('NAME');
  });

  it('left and right go to the end of the longest line and back, and nowhere where lines are wrapped', () => {
    const long = after(start, printed([`${'x'.repeat(300)}END`]));
    const right = after(long, keys(...Array.from({ length: 20 }, () => 'right')));

    expect(rows(right).join('\n')).toMatch(/xEND *\n/);
    expect(after(right, keys(...Array.from({ length: 20 }, () => 'left'))).log.left).toBe(0);
    expect(after(start, keys('right')).log.left).toBe(0);
    expect(after(long, keys('W', 'right')).log.left).toBe(0);
  });
});

it('a key that searches 2,000 lines of 4 KiB beside 1,000 instances is drawn at once', () => {
  const list = Array.from({ length: 1_000 }, (_, index) => daemon(`w:${index + 1}`));
  const texts = Array.from({ length: 2_000 }, (_, at) =>
    `photo ${at} exif ${'写真 x'.repeat(2)}`.padEnd(4_096, ' some text'),
  );
  let model = use(freshModel({ size: { width: 120, height: 40 } }), [
    connected(list),
    ...keys('tab'),
    printed(texts, {}, 'w:1'),
  ]).model;
  const spent: number[] = [];
  for (const [at, key] of Array.from('/exifq')
    .concat(['backspace', 'enter', 'n', 'N', 'W', 'n', 'l', 'pageup', '[', ']'])
    .entries()) {
    const began = performance.now();
    model = update(model, { is: 'key', key }, NOW + at * 1_000).model;
    view(model);
    spent.push(performance.now() - began);
  }
  // The goal is 50 ms, and it takes only a few; a machine doing ten other things is given more.
  expect(spent.toSorted((a, b) => a - b)[Math.floor(spent.length / 2)]).toBeLessThan(250);
});
