import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { KEYS, SECTIONS } from '../../../src/tui/keys.ts';

test('docs/tui.md has the keys of the table, all of them and no other', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/tui.md'), 'utf8');
  const [, table] = /\| key \| \|\n\| --- \| --- \|\n((?:\|.*\n)*)/.exec(page) ?? [];
  const rows = SECTIONS.flatMap(({ title, has }) => [
    `| **${title}** | |`,
    ...KEYS.filter(has).map(({ label, words }) => `| \`${label}\` | ${words ?? ''} |`),
  ]);
  expect(table?.trimEnd().split('\n')).toEqual(rows);
});
