import { wrongVariable } from '../../config/compound.ts';
import { presetKeys } from './known.ts';
import { cutLine } from './shell-words.ts';
import type { Keys, Note, Sketch, Source } from './sketch.ts';
import { commandValue, literal } from './sketch.ts';

/** A Procfile (Heroku, Foreman, Overmind): `name: a line for a shell`, no more. `hasEnv`: a `.env` lies beside it. */
export function readProcfile(text: string, file: string, hasEnv: boolean): Source {
  const sketches: Sketch[] = [];
  const notes: Note[] = [];
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (/^\s*(#|$)/.test(line)) continue;
    // By hand: a regular expression with blanks on both sides takes its time where there are many of them.
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

/** `command:` where no shell is needed, else `shell:`. */
function programOf(line: string): { keys: Keys; notes: readonly Note[] } {
  const cut = cutLine(line);
  if (cut === null)
    return { keys: { shell: literal(line) }, notes: [{ what: line, mend: 'a quote in it is never closed' }] };
  const first = cut.words.findIndex((word) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word));
  const words = cut.words.slice(first).slice(cut.words[first] === 'exec' ? 1 : 0);
  const assigned = cut.words.slice(0, first).map((word) => split(word));
  const isPlain = !cut.isForShell && first >= 0 && !isOfShell(words[0]);
  if (isPlain && words.length > 0 && assigned.every(([name]) => wrongVariable(name) === undefined)) {
    const env = Object.fromEntries(assigned.map(([name, value]) => [name, literal(value)]));
    return {
      keys: { command: commandValue(words.map(literal)), ...(assigned.length === 0 ? {} : { env }) },
      notes: [],
    };
  }
  // One program that the shell only fills words in for: `exec` lets signals reach it, and no shell wait beside it.
  const isOne = !cut.isCompound && first === 0 && !isOfShell(words[0]) && cut.words[0] !== 'exec';
  return { keys: { shell: literal(isOne ? `exec ${line}` : line) }, notes: [] };
}

function split(assignment: string): [name: string, value: string] {
  const at = assignment.indexOf('=');
  return [assignment.slice(0, at), assignment.slice(at + 1)];
}

const OF_SHELL =
  /^([.:!{}]|cd|eval|exec|exit|export|for|if|case|read|set|shift|source|test|trap|ulimit|umask|unset|until|wait|while)$/;

const isOfShell = (word: string | undefined): boolean => word === undefined || OF_SHELL.test(word);

/** Foreman and Heroku set it, nobody else does. */
function portNote(command: string): readonly Note[] {
  if (!/\$\{?PORT\b/.test(command)) return [];
  return [{ what: '$PORT', mend: 'it was set for it: write env: { PORT: "5000" }' }];
}
