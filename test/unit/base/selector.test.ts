import { expect, test } from 'vitest';
import { parseSelector, select } from '../../../src/base/selector.ts';

const instances = [
  { id: 'photos:1', daemon: 'photos', number: 1, tags: ['media'] },
  { id: 'photos:2', daemon: 'photos', number: 2, tags: ['media'] },
  { id: 'movies', daemon: 'movies', number: 1, tags: ['media', 'heavy'] },
  { id: 'a/b.c', daemon: 'a/b.c', number: 1, tags: [] },
  { id: '.hidden', daemon: '.hidden', number: 1, tags: [] },
];
const ids = (names: string[]): unknown => {
  const chosen = select(names, instances);
  return chosen.ok ? chosen.value.map((instance) => instance.id) : chosen.error;
};

test.each([
  [[], ['photos:1', 'photos:2', 'movies', 'a/b.c', '.hidden']],
  [['photos'], ['photos:1', 'photos:2']],
  [['photos:2'], ['photos:2']],
  [['movies:1'], ['movies']],
  [
    ['movies', 'photos:1', 'movies'],
    ['photos:1', 'movies'],
  ],
  [['@media'], ['photos:1', 'photos:2', 'movies']],
  [
    ['@heavy', 'photos:1'],
    ['photos:1', 'movies'],
  ],
  [['pho*'], ['photos:1', 'photos:2']],
  [['*:2'], ['photos:2']],
  [['*o*s'], ['photos:1', 'photos:2', 'movies']],
  [['p**s'], ['photos:1', 'photos:2']],
  [['?hotos:*'], ['photos:1', 'photos:2']],
  [['*'], ['photos:1', 'photos:2', 'movies', 'a/b.c', '.hidden']],
  [['photo?'], ['photos:1', 'photos:2']],
])('%j means %j', (names, expected) => {
  expect(ids(names)).toEqual(expected);
});

test.each([
  ['photos:', "there is no daemon 'photos:', did you mean 'photos'?"],
  ['photo', "there is no daemon 'photo', did you mean 'photos'?"],
  ['photos:3', "photos has 2 instances, no 'photos:3'"],
  ['photos:0', "photos has 2 instances, no 'photos:0'"],
  ['movies:2', "movies has 1 instance, no 'movies:2'"],
  ['@medai', "no daemon has the tag '@medai', did you mean '@media'?"],
  ['@x', "no daemon has the tag '@x'"],
  ['x*', "no daemon matches 'x*'"],
  ['photos?', "no daemon matches 'photos?'"],
  ['[a-z]', "there is no daemon '[a-z]'"],
  ['(a+)+', "there is no daemon '(a+)+'"],
  ['', 'a name is empty'],
  ['@', "'@' needs a tag behind it, such as @media"],
  ['constructor', "there is no daemon 'constructor'"],
])('%j matches nothing, in words', (name, words) => {
  expect(ids([name])).toBe(words);
  expect(ids(['photos', name])).toBe(ids([name]));
});

test('a glob that would be slow is not', () => {
  const started = performance.now();
  select([`${'*a'.repeat(90)}b`], [{ id: 'a'.repeat(200), daemon: 'a'.repeat(200), number: 1, tags: [] }]);
  expect(performance.now() - started).toBeLessThan(100);
});

test('a selector is read by its shape', () => {
  expect(parseSelector('photos:2')).toEqual({ ok: true, value: { kind: 'instance', daemon: 'photos', number: 2 } });
  expect(parseSelector('pho*:2')).toEqual({ ok: true, value: { kind: 'glob', pattern: 'pho*:2' } });
});
