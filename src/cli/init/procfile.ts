import { wrongVariable } from '../../config/compound.ts';
import { presetKeys } from './known.ts';
import type { ShellLine, ShellWord } from './shell-line.ts';
import { shellLine } from './shell-line.ts';
import type { Keys, Note, Sketch, Source } from './sketch.ts';
import { commandValue, literal } from './sketch.ts';

/** A Procfile (Heroku, Foreman, Overmind): `name: a shell line`, no more. `hasEnv`: there is a `.env` beside it. */
export function readProcfile(text: string, file: string, hasEnv: boolean): Source {
  const sketches: Sketch[] = [];
  const notes: Note[] = [];
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (/^\s*(#|$)/.test(line)) continue;
    // By hand: a regular expression with blanks on both sides is slow if there are many blanks.
    const colon = line.indexOf(':');
    const [name, command] = [line.slice(0, Math.max(0, colon)).trim(), line.slice(colon + 1).trim()];
    if (!/^[A-Za-z0-9_.-]+$/.test(name) || command === '')
      notes.push({ what: line.trim(), mend: 'no line of a Procfile; it is "name: command"' });
    else sketches.push(sketchOf(name, command, hasEnv));
  }
  return { file, sketches, notes };
}

const NO_DAEMONS: Readonly<Record<string, string>> = {
  web: 'a web server: its own master replaces its processes without a gap. supervise can run it all the same',
  release: 'runs once before a deploy, and is no daemon. Others can wait for it: depends_on: { release: completed }',
};

function sketchOf(name: string, command: string, hasEnv: boolean): Sketch {
  const { keys, notes } = programOf(command);
  return {
    name,
    keys: {
      ...presetKeys(command),
      ...keys,
      ...(name === 'release' ? { restart: 'on-failure' } : {}),
      ...(hasEnv ? { env_file: '.env' } : {}),
    },
    notes: [...notes, ...portNote(command)],
    doubt: NO_DAEMONS[name] ?? null,
  };
}

interface Program {
  readonly keys: Keys;
  readonly notes: readonly Note[];
}

/** `command:` if no shell is needed, else `shell:`. */
function programOf(line: string): Program {
  const read = shellLine(line);
  if (read === null)
    return { keys: { shell: literal(line) }, notes: [{ what: line, mend: 'a quote in it is never closed' }] };
  const call = callOf(read.commands.at(-1) ?? []);
  if (call !== null && read.operators.length === 0) return ofOneProgram(read, call);
  if (call !== null && read.operators.every((each) => each === '&&' || each === ';') && onlyPrepares(read))
    return { keys: { shell: literal(withExec(read, call)) }, notes: [] };
  return { keys: { shell: literal(line) }, notes: [{ what: 'shell', mend: STAYS }] };
}

const STAYS =
  'a stop signals the whole group of its sh, helpers included; sh ends at once, and what it runs is a leftover, with the rest of the grace and no exit code. ' +
  'A worker alone in its line, or behind "exec" in the last command, is waited for itself';

/** A program called by a line, and the variables assigned for it. */
interface Call {
  readonly assigned: readonly ShellWord[];
  readonly hasExec: boolean;
  readonly words: readonly [ShellWord, ...ShellWord[]];
}

/** null: the shell itself has something to do. */
function callOf(all: readonly ShellWord[]): Call | null {
  const first = all.findIndex(({ raw }) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(raw));
  const hasExec = all[first]?.raw === 'exec';
  const [program, ...args] = first === -1 ? [] : all.slice(first + (hasExec ? 1 : 0));
  // A leading redirection, or an option of exec, is left to the shell as well.
  if (program === undefined || OF_SHELL.test(program.text) || /^(\d*[<>]|-)/.test(program.raw)) return null;
  return { assigned: all.slice(0, first), hasExec, words: [program, ...args] };
}

function ofOneProgram(line: ShellLine, call: Call): Program {
  const { assigned, words } = call;
  const pairs = assigned.map(({ text }) => split(text));
  const isForList = assigned.every(({ isForShell }) => !isForShell) && pairs.every(([name]) => isFree(name));
  const env =
    pairs.length === 0 ? {} : { env: Object.fromEntries(pairs.map(([name, value]) => [name, literal(value)])) };
  if (isForList && words.every(({ isForShell }) => !isForShell))
    return { keys: { command: commandValue(words.map(({ text }) => literal(text))), ...env }, notes: [] };
  // In `A=1 run $A` sh knows the new value only after expanding the old one.
  const used = variablesIn(line.text.slice(words[0].at));
  if (!isForList || pairs.some(([name]) => used.has(name)))
    return { keys: { shell: literal(withExec(line, call)) }, notes: [] };
  return { keys: { shell: literal(`exec ${line.text.slice(words[0].at)}`), ...env }, notes: [] };
}

const variablesIn = (text: string): ReadonlySet<string | undefined> =>
  new Set([...text.matchAll(/\$\{?[#!]?([A-Za-z_][A-Za-z0-9_]*)/g)].map(([, name]) => name));

/** The program replaces the shell: signals reach it, and no shell waits beside it. */
function withExec({ text }: ShellLine, { hasExec, words }: Call): string {
  const { at } = words[0];
  return hasExec ? text : `${text.slice(0, at)}exec ${text.slice(at)}`;
}

/** Everything before the last command ends at once and leaves nothing that an `exec` would remove. */
const onlyPrepares = ({ commands }: ShellLine): boolean =>
  commands.slice(0, -1).every(([first]) => /^(cd|export|umask|ulimit|unset)$/.test(first?.raw ?? ''));

const isFree = (name: string): boolean => wrongVariable(name) === undefined;

function split(assignment: string): [name: string, value: string] {
  const at = assignment.indexOf('=');
  return [assignment.slice(0, at), assignment.slice(at + 1)];
}

const OF_SHELL =
  /^([.:!{}]|alias|builtin|cd|command|eval|exec|exit|export|for|function|if|case|read|return|set|shift|source|test|trap|ulimit|umask|unset|until|wait|while)$/;

/** Foreman and Heroku set it; nothing else does. */
function portNote(command: string): readonly Note[] {
  if (!/\$\{?PORT\b/.test(command)) return [];
  return [{ what: '$PORT', mend: 'it was set for it: write env: { PORT: "5000" }' }];
}
