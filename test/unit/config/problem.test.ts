import { expect, test } from 'vitest';
import type { Problem } from '../../../src/config/problem.ts';
import { drawProblem, drawProblems, drawRefused, quoted } from '../../../src/config/problem.ts';

const problem = (line: number, column: number, length: number): Problem => ({
  file: 'daemons.yaml',
  at: { line, column, length },
  what: 'is wrong',
});

test.each([
  ['a place in the line', 'a: 1\nbb: 22\n', problem(2, 5, 2), ['  2 | bb: 22', '    |     ^^']],
  ['tabs stay tabs, so that the caret stands below', 'a\t\tb', problem(1, 4, 1), ['  1 | a\t\tb', '    |  \t\t^']],
  ['wide characters are two cells', '映: 画', problem(1, 4, 1), ['  1 | 映: 画', '    |     ^^']],
  ['what goes on in the next line is marked in this one', 'a: b\nc: d', problem(1, 4, 5), ['  1 | a: b', '    |    ^']],
  ['a place behind the line', 'a:\nb', problem(1, 3, 1), ['  1 | a:', '    |   ^']],
  ['line ends of Windows', 'a: b\r\nc', problem(1, 4, 1), ['  1 | a: b', '    |    ^']],
  ['a line that is not there', 'a', problem(7, 1, 1), []],
  ['control characters are not passed on', 'a: \u009B31m', problem(1, 4, 1), ['  1 | a: ·31m', '    |    ^']],
])('%s', async (_, text, each, lines) => {
  const head = `daemons.yaml:${each.at?.line ?? 0}:${each.at?.column ?? 0}: is wrong`;
  expect(await drawRefused({ problems: [each], text })).toBe(
    [head, ...lines, '', '1 problem in daemons.yaml'].join('\n'),
  );
});

test('colour only where it is asked for', () => {
  expect(drawProblem(problem(1, 1, 1), 'a')).not.toContain('\u001B');
  expect(drawProblem(problem(1, 1, 1), 'a', true)).toContain('\u001B[31m^\u001B[0m');
});

test('many problems: the first fifty, and how many there are', () => {
  const drawn = drawProblems(Array.from({ length: 80 }, () => problem(1, 1, 1)));
  expect(drawn.match(/is wrong/g)).toHaveLength(50);
  expect(drawn).toMatch(/\n80 problems in daemons\.yaml \(the first 50 are shown\)$/);
});

test.each([
  ['a"b', '"a\\"b"'],
  ['a\nb', '"a\\nb"'],
  ['\u001B[31m', '"·[31m"'],
  ['x'.repeat(90), `"${'x'.repeat(57)}…"`],
])('quoted(%j)', (word, expected) => {
  expect(quoted(word)).toBe(expected);
});
