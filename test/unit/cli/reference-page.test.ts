import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { LATER_COMMANDS } from '../../../src/cli/catalog.ts';

const page = readFileSync(path.join(import.meta.dirname, '../../../docs/reference.md'), 'utf8');

test('what the reference calls "not supported yet" is what the commands refuse so', () => {
  const section = page.slice(page.indexOf('## Not supported yet'));
  const named = [...section.matchAll(/`([^`]+)`/g)].map(([, words = '']) => words);
  expect(named.filter((words) => !words.startsWith('systemd ')).sort()).toEqual([...LATER_COMMANDS].sort());
});
