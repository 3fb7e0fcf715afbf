import { parseArgs } from 'node:util';
import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { nearest } from '../base/suggest.ts';
import { COMMANDS, COMMON } from './catalog.ts';
import type { CommandName, CommandRow, OptionName, OptionRow } from './catalog.ts';

/** A parsed command line. */
export interface Invocation {
  readonly command: CommandName;
  readonly operands: readonly string[];
  /** The options given: true, or the value. */
  readonly options: ReadonlyMap<OptionName, string | true>;
}

/** Was an option without a value given? */
export const hasOption = (call: Invocation, name: OptionName): boolean => call.options.has(name);

/** The value of an option, if given. */
export function valueOf(call: Invocation, name: OptionName): string | undefined {
  const value = call.options.get(name);
  return value === true ? undefined : value;
}

/** Reads a command line (without node and program). null: no command was given. The error is a sentence for exit 2. */
export function parseCommandLine(argv: readonly string[]): Result<Invocation | null> {
  const before = leadingOptions(argv);
  const [name, ...rest] = argv.slice(before.length);
  if (name === undefined) return parseBare(before);
  const command = commandOf(name);
  if (!command.ok) return command;
  const row: CommandRow = COMMANDS[command.value];
  const leading = parseOptions(before, COMMON, `before '${name}'`);
  if (!leading.ok) return leading;
  const own = parseOptions(rest, row.options, name);
  if (!own.ok) return own;
  const { operands } = own.value;
  const foreign = [...leading.value.options.keys()].find((option) => !row.options.some(({ name }) => name === option));
  if (foreign !== undefined) return fail(`${name} has no option --${foreign}; see 'supervise help ${name}'`);
  const options = new Map([...leading.value.options, ...own.value.options]);
  if (!options.has('help')) {
    const usage = `usage: supervise ${name} ${row.operands}`.trimEnd();
    if (operands.length < row.least) return fail(`${name} needs more words; ${usage}`);
    if (operands.length > row.most) return fail(`${name} does not take '${operands[row.most] ?? ''}'; ${usage}`);
  }
  return ok({ command: command.value, operands, options });
}

/** Options before the command. */
function leadingOptions(argv: readonly string[]): readonly string[] {
  let count = 0;
  for (let word = argv[count]; word?.startsWith('-') === true && word !== '-'; word = argv[count])
    count += COMMON.some(
      (row) => 'value' in row && (word === `--${row.name}` || ('short' in row && word === `-${row.short}`)),
    )
      ? 2
      : 1;
  return argv.slice(0, count);
}

/** No command: help and version may be requested as options. */
function parseBare(argv: readonly string[]): Result<Invocation | null> {
  if (argv.length === 0) return ok(null);
  const version = argv.some((word) => word === '--version' || word === '-V' || word === '-v');
  if (version) return ok({ command: 'version', operands: [], options: new Map() });
  const parsed = parseOptions(argv, COMMON, 'supervise');
  if (!parsed.ok) return parsed;
  return ok(parsed.value.options.has('help') ? { command: 'help', operands: [], options: new Map() } : null);
}

/** The command of that name; the error suggests which may have been meant. */
export function commandOf(name: string): Result<CommandName> {
  if (Object.hasOwn(COMMANDS, name)) return ok(name as CommandName); // Checked by this very line.
  const meant = nearest(name, Object.keys(COMMANDS));
  const mend = meant === undefined ? "'supervise help' shows all commands" : `did you mean '${meant}'?`;
  return fail(`there is no command '${name}'; ${mend}`);
}

interface ParsedOptions {
  readonly options: ReadonlyMap<OptionName, string | true>;
  readonly operands: readonly string[];
}

function parseOptions(words: readonly string[], rows: readonly OptionRow[], where: string): Result<ParsedOptions> {
  const config = Object.fromEntries(
    rows.map((row) => [
      row.name,
      {
        type: row.value === undefined ? ('boolean' as const) : ('string' as const),
        ...(row.short === undefined ? {} : { short: row.short }),
      },
    ]),
  );
  // Not strict: that throws sentences of its own; the tokens tell us everything.
  const { tokens, positionals } = parseArgs({ args: [...words], options: config, strict: false, tokens: true });
  const options = new Map<OptionName, string | true>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const row = rows.find((candidate) => candidate.name === token.name);
    if (row === undefined) return fail(unknownOption(token.name, token.rawName, rows, where));
    if (row.value === undefined && token.value !== undefined) return fail(`${token.rawName} takes no value`);
    if (row.value !== undefined && (token.value === undefined || token.value === ''))
      return fail(`${token.rawName} needs a value: ${token.rawName} ${row.value}`);
    options.set(token.name as OptionName, token.value ?? true); // A row of the table has that name.
  }
  return ok({ options, operands: positionals });
}

function unknownOption(name: string, written: string, rows: readonly OptionRow[], where: string): string {
  const meant = written.startsWith('--')
    ? nearest(
        name,
        rows.map((row) => row.name),
      )
    : undefined;
  const mend = meant === undefined ? "see 'supervise help'" : `did you mean --${meant}?`;
  return `there is no option ${written} (${where}); ${mend}`;
}
