/** Every command line shown by a page is accepted by the program. */
import { expect, test } from 'vitest';
import { EXIT } from '../../../src/base/exit-codes.ts';
import { parseCommandLine } from '../../../src/cli/args.ts';
import { COMMANDS } from '../../../src/cli/catalog.ts';
import { callsIn, execForms, isDecision, pages, shellLines, spansOf, type Found } from '../../support/pages.ts';

/** Our words that begin like a command. */
const NO_COMMAND = /^supervise(: | \d|\.\w|\/| SIG)/;

const shown: readonly Found[] = pages()
  .filter((page) => !isDecision(page))
  .flatMap((page) => [
    ...shellLines(page),
    ...spansOf(page).filter(({ text }) => /^(npx )?supervise /.test(text) && !NO_COMMAND.test(text)),
  ]);

/** What a page leaves out, or to the reader. */
const isLeftOut = (word: string): boolean => /^(…|\.\.\.)$/.test(word);

function refusal(words: readonly string[]): string | null {
  const parsed = parseCommandLine(words.filter((word) => !isLeftOut(word)));
  return parsed.ok ? null : parsed.error;
}

test('every command in a page, with its options, is in the command table', () => {
  const lists = pages().flatMap(execForms);
  const calls = [...lists, ...shown.flatMap(({ text, at }) => callsIn(text).map((words) => ({ at, words })))];
  expect(calls.length).toBeGreaterThan(200);
  const wrong = calls.flatMap(({ at, words }) => {
    const why = refusal(words);
    return why === null ? [] : [`${at}: supervise ${words.join(' ')}: ${why}`];
  });
  expect(wrong).toEqual([]);
});

/** Options of npm, node and frameworks, on pages not about those. */
const OPTIONS_OF_OTHERS = ['omit', 'max-old-space-size', 'max-tasks-per-child', 'max-jobs', 'memory-limit'];
const ABOUT_OTHERS = /^docs\/(presets\.md|recipes\/)/;

test('every option that a page names alone belongs to a command', () => {
  const ours = Object.values(COMMANDS).flatMap(({ options }) => options.map(({ name }): string => name));
  const known = new Set([...ours, ...OPTIONS_OF_OTHERS]);
  const named = pages()
    .filter((page) => !isDecision(page) && !ABOUT_OTHERS.test(page.file))
    .flatMap(spansOf)
    .flatMap(({ text, at }) => {
      const [, name] = /^--([a-z-]+)/.exec(text) ?? [];
      return name === undefined ? [] : [{ name, at }];
    });
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter(({ name }) => !known.has(name))).toEqual([]);
});

test.for([
  ['supervise stop --noww', [['stop', '--noww']]],
  ['FOO=1 sudo supervise start -d && npx supervise status | less # supervise stopp', [['start', '-d'], ['status']]],
  [
    'supervise systemd unit > /etc/x; supervise logs --grep "a | b"',
    [
      ['systemd', 'unit'],
      ['logs', '--grep', 'a | b'],
    ],
  ],
  ['echo supervise stop', []],
] as const)('%s', ([line, calls]) => {
  expect(callsIn(line)).toEqual(calls);
});

test('docs/reference.md has every exit code, and no other', () => {
  const reference = pages().find(({ file }) => file === 'docs/reference.md');
  const [table = ''] = /## Exit codes\n\n(?:\|.*\n)*/.exec(reference?.text ?? '') ?? [];
  const codes = [...table.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, cell = '']) => cell.split(', ').map(Number));
  expect(codes).toEqual(Object.values(EXIT).sort((a, b) => a - b));
});

test('a command that does not exist, and an option that does not, are found', () => {
  expect(refusal(['stopp'])).toContain('did you mean');
  expect(refusal(['stop', '--noww'])).toContain('did you mean');
});
