import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDropped, addLines, KEPT_LINES, newLog, type LogBuffer } from '../../../src/tui/log-buffer.ts';
import { KEPT_BYTES } from '../../../src/tui/log-text.ts';
import { countBelow, scrollLog, show, visibleRows, type LogWindow, type PaneRow } from '../../../src/tui/log-window.ts';
import { line } from '../../support/screens.ts';

const lines = (count: number, from = 1) => Array.from({ length: count }, (_, index) => line('a', `${from + index}`));
const filled = (count: number): LogBuffer => addLines(newLog('a'), lines(count));
const pane = (height: number, facts: Partial<LogWindow> = {}): LogWindow => ({
  height,
  stream: 'both',
  wrapAt: null,
  ...facts,
});
const wrapped = (height: number, cells: number): LogWindow => pane(height, { wrapAt: () => cells });
const textOf = ({ row, part }: PaneRow): string => {
  if ('dropped' in row) return `-${row.dropped}-`;
  return part === null ? row.text : row.text.slice(part.start, part.end);
};
const seen = (log: LogBuffer, window: LogWindow): readonly string[] => visibleRows(log, window).map(textOf);
const texts = (log: LogBuffer, height: number): readonly string[] => seen(log, pane(height));
const counts = (log: LogBuffer, window: LogWindow) => {
  const lowest = visibleRows(log, window).at(-1);
  return lowest && countBelow(log, window, lowest);
};

describe('a log that follows', () => {
  it('shows the newest', () => {
    expect(texts(filled(9), 3)).toEqual(['7', '8', '9']);
    expect(texts(addLines(filled(9), lines(1, 10)), 3)).toEqual(['8', '9', '10']);
  });

  it('is bounded, and counts what has come', () => {
    const log = addLines(filled(KEPT_LINES), lines(5, KEPT_LINES + 1));

    expect(log.rows).toHaveLength(KEPT_LINES);
    expect(log).toMatchObject({ total: KEPT_LINES + 5, first: 5 });
    expect(texts(log, 1)).toEqual([`${KEPT_LINES + 5}`]);
  });

  it('keeps of a long line what a screen could show', () => {
    const [row] = addLines(newLog('a'), [line('a', 'x'.repeat(65_536))]).rows;

    expect(row).toMatchObject({ text: `${'x'.repeat(KEPT_BYTES)}…` });
  });

  it('says where lines are missing', () => {
    const log = addLines(addDropped(filled(2), 12), lines(1, 15));

    expect(texts(log, 9)).toEqual(['1', '2', '-12-', '15']);
    expect(log.dropped).toBe(12);
  });

  it('shows the end of a line that is longer than the pane', () => {
    const log = addLines(filled(1), [line('a', 'abcdefghij')]);

    expect(seen(log, wrapped(3, 2))).toEqual(['ef', 'gh', 'ij']);
  });
});

describe('a log that was scrolled back', () => {
  const back = scrollLog(filled(20), pane(3), 5);

  it('stays where it is while lines come, and counts them', () => {
    expect(texts(back, 3)).toEqual(['13', '14', '15']);
    expect(counts(back, pane(3))).toEqual({ below: 5, unseen: 0 });
    const later = addLines(back, lines(4, 21));
    expect(texts(later, 3)).toEqual(['13', '14', '15']);
    expect(counts(later, pane(3))).toEqual({ below: 9, unseen: 4 });
    expect(counts(scrollLog(later, pane(3), -6), pane(3))).toEqual({ below: 3, unseen: 3 });
  });

  it('goes to its first line and no further', () => {
    expect(texts(scrollLog(back, pane(3), Infinity), 3)).toEqual(['1', '2', '3']);
    expect(texts(scrollLog(back, pane(3), 99), 3)).toEqual(['1', '2', '3']);
  });

  it.each([-Infinity, -9, -99])('follows again at its end, %d rows further', (by) => {
    const end = scrollLog(addLines(back, lines(4, 21)), pane(3), by);

    expect(end.held).toBeNull();
    expect(texts(end, 1)).toEqual(['24']);
  });

  it('moves only when what it shows falls out', () => {
    const oldest = scrollLog(filled(KEPT_LINES), pane(3), Infinity);
    const later = addLines(oldest, lines(2, KEPT_LINES + 1));

    expect(texts(later, 3)).toEqual(['3', '4', '5']);
  });

  it('goes through a line that is longer than the pane, row by row, and stays within it in a pane of another width', () => {
    const log = addLines(filled(2), [line('a', 'abcdefghijkl'), line('a', 'end')]);
    const window = wrapped(3, 2);
    const up = scrollLog(log, window, 3);

    expect(seen(log, window)).toEqual(['kl', 'en', 'd']);
    expect(seen(up, window)).toEqual(['ef', 'gh', 'ij']);
    expect(seen(scrollLog(up, window, -1), window)).toEqual(['gh', 'ij', 'kl']);
    expect(seen(up, wrapped(2, 4))).toEqual(['efgh', 'ijkl']);
    expect(seen(scrollLog(log, window, Infinity), window)).toEqual(['1', '2', 'ab']);
  });
});

it('a log that is shorter than its pane does not scroll', () => {
  expect(scrollLog(filled(2), pane(10), 5).held).toBeNull();
  expect(scrollLog(filled(10), pane(10), 5).held).toBeNull();
});

describe('one stream alone', () => {
  const mixed = addLines(
    newLog('a'),
    Array.from({ length: 20 }, (_, index) => line('a', `${index}`, { stream: index % 5 === 0 ? 'err' : 'out' })),
  );
  const errors = pane(3, { stream: 'err' });

  it('is shown without gaps, and where lines are missing is shown with each', () => {
    expect(seen(mixed, errors)).toEqual(['5', '10', '15']);
    expect(seen(addDropped(mixed, 7), errors)).toEqual(['10', '15', '-7-']);
  });

  it('is shown from where one reads, and gives that back', () => {
    const back = scrollLog(mixed, pane(3), 4);

    expect(texts(back, 3)).toEqual(['13', '14', '15']);
    expect(seen(back, pane(2, { stream: 'err' }))).toEqual(['10', '15']);
    expect(counts(back, errors)).toEqual({ below: 0, unseen: 0 });
    expect(texts(back, 3)).toEqual(['13', '14', '15']);
  });

  it('may have no lines', () => {
    expect(seen(filled(9), errors)).toEqual([]);
    expect(scrollLog(filled(9), errors, 3).held).toBeNull();
  });
});

describe('a row that is to be seen', () => {
  it('stands in the middle, and does not move what it is in already', () => {
    const window = pane(5);
    const shown = show(filled(50), window, 20, 0);

    expect(texts(shown, 5)).toEqual(['19', '20', '21', '22', '23']);
    expect(texts(show(shown, window, 22, 0), 5)).toEqual(['19', '20', '21', '22', '23']);
    expect(texts(show(shown, window, 0, 0), 5)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('is the row of the pane that has the place in a long line', () => {
    const log = addLines(newLog('a'), [line('a', 'abcdefghijklmnop')]);

    expect(seen(show(log, wrapped(3, 2), 0, 2), wrapped(3, 2))).toEqual(['ab', 'cd', 'ef']);
    expect(seen(show(log, wrapped(3, 2), 0, 7), wrapped(3, 2))).toEqual(['ef', 'gh', 'ij']);
  });
});

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', 'x'.repeat(300), '写真 を縮小しました', '\ttab\t', 'e\u0301\u0308e'),
);
const anyLines = fc.array(fc.record({ text: anyText, stream: fc.constantFrom('out' as const, 'err' as const) }), {
  maxLength: 30,
});
const anyWindow = fc
  .record({
    height: fc.integer({ min: 1, max: 12 }),
    stream: fc.constantFrom('both' as const, 'out' as const, 'err' as const),
    cells: fc.option(fc.integer({ min: 1, max: 30 })),
  })
  .map(({ cells, ...facts }): LogWindow => ({ ...facts, wrapAt: cells === null ? null : () => cells }));
const added = (log: LogBuffer, some: readonly { text: string; stream: 'out' | 'err' }[]): LogBuffer =>
  addLines(
    log,
    some.map(({ text, stream }) => line('a', text, { stream })),
  );

it('what is visible stays what is visible while lines come', () => {
  const by = fc.integer({ min: -40, max: 40 });
  fc.assert(
    fc.property(
      anyLines,
      fc.array(by),
      fc.array(anyLines, { maxLength: 5 }),
      anyWindow,
      (some, moves, news, window) => {
        const read = moves.reduce((log, rows) => scrollLog(log, window, rows), added(newLog('a'), some));
        fc.pre(read.held !== null);
        const later = news.reduce((log, more) => addDropped(added(log, more), 1), read);

        expect(visibleRows(later, window)).toEqual(visibleRows(read, window));
      },
    ),
  );
});

it('row by row from the end to the first and back, each row is seen, and the pane is never less than full', () => {
  fc.assert(
    fc.property(anyLines, anyWindow, (some, window) => {
      const log = added(newLog('a'), some);
      const all = visibleRows(log, { ...window, height: 100_000 });
      let at = log;
      for (let lowest = all.length - 1; lowest >= Math.min(window.height, all.length) - 1; lowest -= 1) {
        const from = Math.max(0, lowest + 1 - window.height);
        expect(visibleRows(at, window)).toEqual(all.slice(from, lowest + 1));
        at = scrollLog(at, window, 1);
      }
      expect(visibleRows(at, window)).toEqual(all.slice(0, window.height));
      expect(scrollLog(at, window, -all.length).held).toBeNull();
    }),
  );
});
