import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { COMMANDS } from '../../src/cli/catalog.ts';
import { referenceRows } from '../../src/config/reference.ts';
import { MAN_PAGES } from '../../scripts/man.ts';
import { need } from '../support/needs.ts';

const root = path.resolve(import.meta.dirname, '../..');
const names = Object.keys(MAN_PAGES) as (keyof typeof MAN_PAGES)[]; // The keys of the table.
const groff = need('groff', 'groff');

test.each(names)('man/%s is current (npm run generate)', (name) => {
  expect(readFileSync(path.join(root, 'man', name), 'utf8')).toBe(MAN_PAGES[name]());
});

test('the package has these pages, and no others', () => {
  expect(readdirSync(path.join(root, 'man')).sort()).toEqual([...names].sort());
  expect(manifest.man).toEqual(names.map((name) => `man/${name}`));
});

test.skipIf(groff.missing).each(names)(`groff warns of nothing in man/%s${groff.note}`, (name) => {
  const { status, stderr } = spawnSync('groff', ['-man', '-ww', '-z', '-Tutf8'], {
    input: MAN_PAGES[name](),
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test.skipIf(groff.missing)(`every command and every key can be read there${groff.note}`, () => {
  const read = (name: keyof typeof MAN_PAGES): string =>
    spawnSync('groff', ['-man', '-Tascii', '-P-cbou', '-rLL=300n', '-rHY=0'], {
      input: MAN_PAGES[name](),
      encoding: 'utf8',
    }).stdout;
  const [commands, list] = [read('supervise.1'), read('daemons.yaml.5')];
  for (const [name, { options }] of Object.entries(COMMANDS)) {
    expect(commands).toMatch(new RegExp(`^ {3}${name}\\b`, 'm'));
    for (const option of options) expect(commands).toContain(`--${option.name}`);
  }
  for (const { key } of referenceRows())
    expect(list).toMatch(new RegExp(`^ {7}${key.replaceAll('.', '\\.')}( |$)`, 'm'));
});
