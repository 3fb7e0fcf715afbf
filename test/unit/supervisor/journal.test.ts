import { expect, test } from 'vitest';
import { Journal, type Entry } from '../../../src/supervisor/journal.ts';

const entry = (type: string, words: string, id: string | null = 'photos'): Entry => ({
  id,
  type,
  level: 'info',
  words,
});

const wordsOf = (journal: Journal): readonly string[] =>
  journal.since(0).events.map(({ id, words }) => `${id}: ${words}`);

test('a start that is put off again and again is told once, and counted', () => {
  const journal = new Journal(() => new Date(0));
  for (let n = 0; n < 5; n += 1) journal.add(entry('backoff', 'short of descriptors; again in 1s'));
  journal.add(entry('started', 'started, pid 7', 'reports'));
  journal.add(entry('started', 'started, pid 8'));
  expect(wordsOf(journal)).toEqual([
    'photos: short of descriptors; again in 1s',
    'reports: started, pid 7',
    'photos: put off 4 times more',
    'photos: started, pid 8',
  ]);
});

test('what a person asks for twice is told twice', () => {
  const journal = new Journal(() => new Date(0));
  journal.add(entry('signal', 'was sent SIGUSR1, as asked'));
  journal.add(entry('signal', 'was sent SIGUSR1, as asked'));
  expect(wordsOf(journal)).toHaveLength(2);
});

test('the oldest events are let go, and how many is told', () => {
  const journal = new Journal(() => new Date(0));
  for (let n = 1; n <= 1_003; n += 1) journal.add(entry('started', `started, pid ${n}`));
  expect(journal.since(0).events).toHaveLength(1_000);
  expect(journal.since(1).dropped).toBe(2);
});
