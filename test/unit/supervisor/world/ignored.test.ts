import { expect, it } from 'vitest';
import { isLeftOut, isOurs } from '../../../../src/supervisor/world/ignored.ts';

const root = '/srv/shop/src';
const leftOut = (name: string, ...patterns: readonly string[]): boolean => isLeftOut(`${root}/${name}`, root, patterns);

it.each([
  ...['.a.php.swp', '.a.php.swx', '.swp.swo', '4913', 'a.php~', '.#a.php', '#a.php#', 'a.tmp', '.DS_Store'],
  ...['.git', '.git/index', 'x/.git/refs/a', 'node_modules/a/b.js', 'x/__pycache__/a.cpython-312.pyc', 'a.pyc'],
  ...['.goutputstream-A1', 'a.php___jb_old___', '.nfs0000abcd'],
])('%s is left out', (name) => {
  expect(leftOut(name)).toBe(true);
});

it.each([
  'a.php',
  '.env',
  '.gitignore',
  'git/a',
  'swp',
  'a.swp',
  '14913',
  'tmp/a',
  'a#b',
  '#a',
  'a.tmpl',
  'node_modules.md',
])('%s is watched', (name) => {
  expect(leftOut(name)).toBe(false);
});

it.each<[pattern: string, out: readonly string[], watched: readonly string[]]>([
  ['cache', ['cache', 'cache/a', 'x/cache/a/b'], ['cached', 'a.cache', 'xcache/a']],
  ['*.log', ['a.log', 'x/b.log', 'd.log/a'], ['a.log.txt', 'log']],
  [`${root}/gen`, ['gen', 'gen/a'], ['gen2', 'x/gen']],
  [`${root}/*/out`, ['a/out', 'a/out/b', 'a/b/out'], ['out', 'a/outer']],
  [`${root}/**/*.snap`, ['a.snap', 'x/a.snap', 'x/y/a.snap'], ['a.snaps']],
  ['?.php', ['a.php', 'x/b.php'], ['ab.php', '.php']],
])('by the pattern %s', (pattern, out, watched) => {
  for (const name of out) expect([name, leftOut(name, pattern)]).toEqual([name, true]);
  for (const name of watched) expect([name, leftOut(name, pattern)]).toEqual([name, false]);
});

it('no pattern can make it stand still', () => {
  expect(leftOut('a'.repeat(5_000), `${'*a'.repeat(60)}b`)).toBe(false);
});

it('the names above what is watched do not matter', () => {
  expect(isLeftOut('/x/node_modules/shop/a.js', '/x/node_modules/shop', [])).toBe(false);
});

it('ours are the state folder with all in it, and logs as they are rotated', () => {
  const ours = ['/srv/state', '/srv/shop/src/p.log'];
  for (const file of ['/srv/state', '/srv/state/a/b', '/srv/shop/src/p.log', '/srv/shop/src/p.log.12'])
    expect([file, isOurs(file, ours)]).toEqual([file, true]);
  for (const file of ['/srv/states', '/srv/shop/src/p.logic', '/srv/shop/src/p.log.php'])
    expect([file, isOurs(file, ours)]).toEqual([file, false]);
});
