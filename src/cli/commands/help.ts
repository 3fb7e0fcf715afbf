import { existsSync, realpathSync } from 'node:fs';
import { EXIT } from '../../base/exit-codes.ts';
import type { ExitCode } from '../../base/exit-codes.ts';
import { commandOf } from '../args.ts';
import type { Invocation } from '../args.ts';
import { COMMANDS } from '../catalog.ts';
import type { CommandName, CommandRow, OptionRow } from '../catalog.ts';
import { tellUsage } from '../failure.ts';
import type { Terminal } from '../print/terminal.ts';

/** `supervise help [COMMAND]`, and `--help` of every command. */
export function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const [name] = call.operands;
  if (name === undefined) return Promise.resolve(say(overview(), terminal));
  const command = commandOf(name);
  return Promise.resolve(command.ok ? say(helpOf(command.value), terminal) : tellUsage(command.error, terminal));
}

/** The help of one command, line by line. */
export function helpOf(name: CommandName): readonly string[] {
  const row: CommandRow = COMMANDS[name];
  return [
    `supervise ${name} ${row.operands}`.trimEnd(),
    `  ${row.summary}`,
    '',
    ...columns(row.options.map((option) => [optionWords(option), option.doc])),
    '',
    'Examples:',
    ...columns(row.examples),
    ...(row.operands.includes('NAME') ? ['', NAMES] : []),
  ];
}

export const NAMES = 'NAME is a daemon (photos), an instance (photos:2), a tag (@media) or a pattern ("pho*").';

function overview(): readonly string[] {
  return [
    'supervise runs the daemons of a list, waits for their iteration boundary, restarts crashes.',
    '',
    ...columns(Object.entries(COMMANDS).map(([name, row]) => [`${name} ${row.operands}`.trimEnd(), row.summary])),
    '',
    NAMES,
    'The list is daemons.yaml in this folder, or --file FILE. supervise help COMMAND: options and examples.',
    'Exit codes: 0 done; 1 done, but something was cut, failed or did not come up; 2 command line or list;',
    '3 no supervisor is running; 4 another one has the list; 70 a bug of supervise; 130, 143 ended by a signal.',
    ...pages(),
  ];
}

/** Messages refer to pages as `docs/stopping.md`: they are in the program's package. */
function pages(): readonly string[] {
  const [, program = ''] = process.argv;
  const [root, rest] = existsSync(program) ? realpathSync(program).split('/dist/cli/') : [];
  const folder = `${root ?? ''}/docs`;
  return rest === 'main.js' && existsSync(folder) ? [`The docs/… pages that messages name are in ${folder}`] : [];
}

function say(lines: readonly string[], terminal: Terminal): ExitCode {
  for (const line of lines) terminal.say(line);
  return EXIT.done;
}

/** `-f, --file FILE`. */
export function optionWords({ name, short, value }: OptionRow): string {
  const letter = short === undefined ? '    ' : `-${short}, `;
  return `${letter}--${name}${value === undefined ? '' : ` ${value}`}`;
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
