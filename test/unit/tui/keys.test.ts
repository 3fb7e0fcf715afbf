import { describe, expect, it } from 'vitest';
import { KEYS, labelOf, letterOf, rowOf, rowsAt, SECTIONS, type Place } from '../../../src/tui/keys.ts';

const PLACES: readonly Place[] = [
  'list',
  'log',
  'filter',
  'search',
  'question',
  'name',
  'reload',
  'leaving',
  'reading',
];
const HARMFUL = ['start-or-stop', 'restart', 'roll', 'kill', 'yes', 'detach', 'stop-all'];

describe.each(PLACES)('in %s', (place) => {
  it('a key does one thing', () => {
    const keys = rowsAt(place).flatMap((row) => row.keys);

    expect(keys).toEqual([...new Set(keys)]);
  });

  it('what a slow line makes of an arrow or function key does nothing to a daemon', () => {
    for (const key of ['escape', '[', 'O', 'A', 'B', 'C', 'D', 'F', 'H', 'P', '~', '1', ';'])
      expect(HARMFUL, key).not.toContain(rowOf(place, key)?.action);
  });

  it('Enter alone does no harm', () => {
    expect(HARMFUL).not.toContain(rowOf(place, 'enter')?.action);
  });
});

it('every act on a daemon, and leaving by a letter, is obeyed only by hand', () => {
  const letters = KEYS.filter(
    ({ keys, where }) => where.includes('list') && keys.some((key) => /^[a-zA-Z]$/.test(key)),
  );
  const guarded = letters.filter(({ byHandOnly }) => byHandOnly).map(({ action }) => action);

  expect(guarded).toEqual(['start-or-stop', 'restart', 'roll', 'kill', 'reload', 'leave']);
});

it('footers of the places where something is typed or asked explain all that can be done there', () => {
  for (const place of ['question', 'name', 'leaving'] as const)
    for (const row of rowsAt(place))
      expect(row.footer ?? row.action, `${row.label} in ${place}`).toSatisfy(
        (told) => typeof told === 'object' || ['suspend', 'erase', 'erase-all'].includes(String(told)),
      );
});

it('the help explains each key of list, log and of what is typed', () => {
  const explained = new Set(SECTIONS.flatMap(({ has }) => KEYS.filter(has)));
  for (const place of ['list', 'log', 'filter', 'search'] as const)
    expect(
      rowsAt(place).filter((row) => !explained.has(row)),
      place,
    ).toEqual([]);
});

it('a letter is what a key types, in any script; a named key types nothing', () => {
  expect(['a', 'é', '写', '🎉', ' ', '*'].map(letterOf)).toEqual(['a', 'é', '写', '🎉', ' ', '*']);
  expect(['up', 'C-c', 'f1', ''].map(letterOf)).toEqual([null, null, null, null]);
});

it('panels name keys as the table does', () => {
  expect(labelOf('log', 'follow')).toBe('f');
});
