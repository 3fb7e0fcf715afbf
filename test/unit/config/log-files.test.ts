import { mkdirSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ListFolder } from '../../support/list-folder.ts';

const logsTo = (...files: readonly string[]): string =>
  files.map((file, n) => `- { name: d${n}, command: work, log: { file: ${file} } }\n`).join('');

test('two ways to one log, over a link, are refused', () => {
  const here = new ListFolder();
  here.programs('work');
  mkdirSync(here.at('releases/42'), { recursive: true });
  symlinkSync('releases/42', here.at('current'));
  expect(here.problems(logsTo('./releases/42/x.log', './current/x.log'))).toEqual([
    '2: daemons d0 and d1 have the same log file, x.log | give each its own: log: { file: … }',
  ]);
  // Rotated, the first is x.log.1.
  expect(here.problems(logsTo('./releases/42/x.log', './current/x.log.1'))).toHaveLength(1);
  expect(here.good(logsTo('./releases/42/x.log', './current/y.log', './absent/x.log')).daemons).toHaveLength(3);
});
