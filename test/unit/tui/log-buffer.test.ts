import { describe, expect, it } from 'vitest';
import {
  addDropped,
  addLines,
  KEPT_BYTES,
  KEPT_LINES,
  newLog,
  scrollLog,
  visibleRows,
  type LogBuffer,
} from '../../../src/tui/log-buffer.ts';
import { line } from '../../support/screens.ts';

const lines = (count: number, from = 1) => Array.from({ length: count }, (_, index) => line('a', `${from + index}`));
const filled = (count: number): LogBuffer => addLines(newLog('a'), lines(count));
const texts = (log: LogBuffer, height: number): readonly string[] =>
  visibleRows(log, height).map((row) => ('dropped' in row ? `-${row.dropped}-` : row.text));

describe('a log that follows', () => {
  it('shows the newest', () => {
    expect(texts(filled(9), 3)).toEqual(['7', '8', '9']);
    expect(texts(addLines(filled(9), lines(1, 10)), 3)).toEqual(['8', '9', '10']);
  });

  it('is bounded, and counts what has come', () => {
    const log = addLines(filled(KEPT_LINES), lines(5, KEPT_LINES + 1));

    expect(log.rows).toHaveLength(KEPT_LINES);
    expect(log.total).toBe(KEPT_LINES + 5);
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
});

describe('a log that was scrolled back', () => {
  const back = scrollLog(filled(20), 5, 3);

  it('stays where it is while lines come, and counts them', () => {
    expect(texts(back, 3)).toEqual(['13', '14', '15']);
    const later = addLines(back, lines(4, 21));
    expect(texts(later, 3)).toEqual(['13', '14', '15']);
    expect(later).toMatchObject({ back: 9, unseen: 4 });
  });

  it('goes to its first line and no further', () => {
    expect(texts(scrollLog(back, Infinity, 3), 3)).toEqual(['1', '2', '3']);
    expect(texts(scrollLog(back, 99, 3), 3)).toEqual(['1', '2', '3']);
  });

  it('follows again at its end', () => {
    const end = scrollLog(addLines(back, lines(4, 21)), -Infinity, 3);

    expect(end).toMatchObject({ back: 0, unseen: 0 });
    expect(texts(end, 1)).toEqual(['24']);
  });

  it('moves only when what it shows falls out', () => {
    const oldest = scrollLog(filled(KEPT_LINES), Infinity, 3);
    const later = addLines(oldest, lines(2, KEPT_LINES + 1));

    expect(texts(later, 3)).toEqual(['3', '4', '5']);
  });
});

it('a log that is shorter than its pane does not scroll', () => {
  expect(scrollLog(filled(2), 5, 10)).toMatchObject({ back: 0 });
});
