import { expect, test } from 'vitest';
import { parseCommandLine } from '../../../src/cli/args.ts';
import { COMMANDS } from '../../../src/cli/catalog.ts';
import type { CommandRow } from '../../../src/cli/catalog.ts';

const words = (line: string): string[] => line.split(' ').filter((word) => word !== '');
const parsed = (line: string): unknown => {
  const call = parseCommandLine(words(line));
  if (!call.ok) return call.error;
  return call.value && [call.value.command, call.value.operands, Object.fromEntries(call.value.options)];
};

test.each([
  ['', null],
  ['status', ['status', [], {}]],
  ['status photos @media --json', ['status', ['photos', '@media'], { json: true }]],
  ['status --json photos', ['status', ['photos'], { json: true }]],
  ['-f x.yaml status', ['status', [], { file: 'x.yaml' }]],
  ['--file=x.yaml --state-dir /s stop --now', ['stop', [], { file: 'x.yaml', 'state-dir': '/s', now: true }]],
  ['logs -f -n 5', ['logs', [], { follow: true, lines: '5' }]],
  ['logs -fn5 photos', ['logs', ['photos'], { follow: true, lines: '5' }]],
  ['logs --file x.yaml', ['logs', [], { file: 'x.yaml' }]],
  ['-f x.yaml logs -f', ['logs', [], { file: 'x.yaml', follow: true }]],
  ['start -d photos', ['start', ['photos'], { detach: true }]],
  ['stop -- --odd', ['stop', ['--odd'], {}]],
  ['--help', ['help', [], {}]],
  ['--version', ['version', [], {}]],
  ['why -h', ['why', [], { help: true }]],
])('supervise %s', (line, expected) => {
  expect(parsed(line)).toEqual(expected);
});

test.each([
  ['sttaus', "did you mean 'status'?"],
  ['xyzzy', "'supervise help' shows all commands"],
  ['constructor', 'there is no command'],
  ['reload photos', "reload does not take 'photos'"],
  ['completion', 'completion needs more words'],
  ['tui photos', "tui does not take 'photos'"],
  ['stop --nwo', 'did you mean --now?'],
  ['status --now', 'there is no option --now (status)'],
  ['status -x', 'there is no option -x'],
  ['stop --now=yes', '--now takes no value'],
  ['status --file', '--file needs a value'],
  ['status --file=', '--file needs a value'],
  ['logs -n', '-n needs a value'],
  ['why', 'why needs more words; usage: supervise why NAME…'],
  ['signal USR1', 'usage: supervise signal SIGNAL NAME…'],
  ['check photos', "check does not take 'photos'"],
  ['-f x.yaml demo', "demo has no option --file; see 'supervise help demo'"],
])('supervise %s is refused: %s', (line, expected) => {
  expect(parsed(line)).toContain(expected);
});

test('every example in the table is a command line that is understood', () => {
  for (const row of Object.values(COMMANDS) as CommandRow[])
    for (const [line] of row.examples) {
      const [program, ...rest] = words(line.split(' | ')[0] ?? '');
      expect(program).toBe('supervise');
      expect(parseCommandLine(rest)).toMatchObject({ ok: true });
    }
});
