import { constants } from 'node:os';
import { COMMANDS, COMMON } from '../catalog.ts';
import type { CommandName, CommandRow, OptionRow } from '../catalog.ts';

/** What may replace the word being typed. */
export interface Candidate {
  readonly word: string;
  /** Its description, for shells that show it. */
  readonly doc: string;
}

/** Or what the shell completes itself. */
export type Candidates = readonly Candidate[] | 'file' | 'folder';

/** The command line so far, as needed to find the daemons' names. */
export interface Typed {
  readonly command: CommandName;
  /** `--file` and `--state-dir`, as given. */
  readonly options: ReadonlyMap<'file' | 'state-dir', string>;
}

/**
 * The candidates for the last word of a command line (without the program); it may be empty. `namesFor` is called only where the name of a
 * daemon may stand.
 */
export async function candidatesFor(
  words: readonly string[],
  namesFor: (typed: Typed) => Promise<readonly Candidate[]>,
): Promise<Candidates> {
  const current = words.at(-1) ?? '';
  const read = readWords(words.slice(0, -1));
  const rows: readonly OptionRow[] = read.row?.options ?? COMMON;
  if (read.awaited !== null) return valuesOf(read.awaited, current, '');
  if (!read.isOperandOnly && current.startsWith('-')) {
    const [, name = '', value] = /^--([^=]+)=(.*)$/s.exec(current) ?? [];
    const row = rows.find((each) => each.name === name);
    if (value === undefined) return beginningWith(current, optionsOf(rows, read.given, current));
    return row === undefined ? [] : valuesOf(row, value, `--${name}=`);
  }
  if (read.command === null || read.row === null) return beginningWith(current, COMMAND_WORDS);
  if (read.operands >= read.row.most) return [];
  const operands = operandsOf(read.row.operands, read.operands, current);
  if (operands !== 'names') return beginningWith(current, operands);
  return beginningWith(current, await namesFor({ command: read.command, options: read.places }));
}

interface Read {
  readonly command: CommandName | null;
  readonly row: CommandRow | null;
  readonly operands: number;
  /** The option whose value comes next. */
  readonly awaited: OptionRow | null;
  readonly given: ReadonlySet<string>;
  readonly places: ReadonlyMap<'file' | 'state-dir', string>;
  /** After `--`. */
  readonly isOperandOnly: boolean;
}

function readWords(words: readonly string[]): Read {
  let command: CommandName | null = null;
  let row: CommandRow | null = null;
  let operands = 0;
  let awaited: OptionRow | null = null;
  let isOperandOnly = false;
  const given = new Set<string>();
  const places = new Map<'file' | 'state-dir', string>();
  const note = (name: string, value: string): void => {
    if (name === 'file' || name === 'state-dir') places.set(name, value);
  };
  for (const word of words) {
    if (awaited !== null) {
      note(awaited.name, word);
      awaited = null;
    } else if (!isOperandOnly && word === '--') isOperandOnly = true;
    else if (!isOperandOnly && word.startsWith('-') && word !== '-') {
      const rows: readonly OptionRow[] = row === null ? COMMON : row.options;
      const [, name = '', value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
      const option = rows.find((each) => each.name === name || `-${each.short ?? ''}` === word);
      if (option === undefined) continue;
      given.add(option.name);
      if (value !== undefined) note(name, value);
      else if (option.value !== undefined) awaited = option;
    } else if (command === null) {
      if (!isCommand(word)) return { command, row, operands, awaited, given, places, isOperandOnly };
      command = word;
      row = COMMANDS[command];
    } else operands += 1;
  }
  return { command, row, operands, awaited, given, places, isOperandOnly };
}

const isCommand = (word: string): word is CommandName => Object.hasOwn(COMMANDS, word);

const COMMAND_WORDS: readonly Candidate[] = Object.entries(COMMANDS).map(([word, { summary }]) => ({
  word,
  doc: summary,
}));

/** Both spellings of an option; the short one only if nothing but a dash was typed. */
function optionsOf(rows: readonly OptionRow[], given: ReadonlySet<string>, current: string): readonly Candidate[] {
  return rows
    .filter(({ name }) => !given.has(name))
    .flatMap(({ name, short, doc }) => [
      { word: `--${name}`, doc },
      ...(short === undefined || current !== '-' ? [] : [{ word: `-${short}`, doc }]),
    ]);
}

/** The values of an option; `before` is the part of the word in front of them. */
function valuesOf({ value = '', doc }: OptionRow, current: string, before: string): Candidates {
  if (value === 'FILE' || value === 'NODE') return 'file';
  if (value === 'DIR') return 'folder';
  const values = value.includes('|') ? value.split('|') : [];
  return beginningWith(
    `${before}${current}`,
    values.map((each) => ({ word: `${before}${each}`, doc })),
  );
}

/** What the help calls the next operand: `SIGNAL NAME…`, `[COMMAND]`, `install|uninstall`. */
function operandsOf(help: string, count: number, current: string): readonly Candidate[] | 'names' {
  const words = help.split(' ').map((each) => each.replaceAll(/[[\]\u2026]/g, ''));
  const word = words[Math.min(count, words.length - 1)] ?? '';
  if (word === 'NAME') return 'names';
  if (word === 'COMMAND') return COMMAND_WORDS;
  if (word === 'SIGNAL') return signalsAs(current);
  return word.includes('|') ? word.split('|').map((each) => ({ word: each, doc: '' })) : [];
}

/** `SIGUSR1` if the typed word begins that way, else `USR1`. */
function signalsAs(current: string): readonly Candidate[] {
  const isLong = current.startsWith('SIG');
  return Object.keys(constants.signals).map((signal) => ({
    word: isLong ? signal : signal.replace(/^SIG/, ''),
    doc: signal,
  }));
}

const beginningWith = (current: string, all: readonly Candidate[]): readonly Candidate[] =>
  all.filter(({ word }) => word.startsWith(current));
