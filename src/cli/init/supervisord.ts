import type { ExpandedCommand, Known } from './expansions.ts';
import { expandedCommand } from './expansions.ts';
import type { IniText } from './ini.ts';
import { parseIni } from './ini.ts';
import { presetKeys } from './known.ts';
import type { Carried, Keys, Note, Sketch, Source } from './sketch.ts';
import { allowedName, shorter, together } from './sketch.ts';
import { note, PROGRAM_KEYS, told } from './supervisord-keys.ts';
import { wholeOf } from './theirs.ts';

/** A file of supervisord, and where it lies (absolute). */
export interface ConfFile {
  readonly text: string;
  readonly here: string;
}

/** The files that an [include] names, as written: patterns, relative to the file. */
export const includesOf = (text: string): readonly string[] =>
  (parseIni(text).sections.get('include')?.get('files') ?? '').split(/\s+/).filter((each) => each !== '');

/** A supervisord.conf and what it includes, in that order: to supervisord they are one text. */
export function readSupervisord(files: readonly ConfFile[], file: string): Source {
  const read = files.reduce<IniText>(
    (sum, { text, here }) => {
      const next = parseIni(text.replaceAll('%(here)s', here.replaceAll('%', '%%')), sum.sections);
      return { ...next, strange: [...sum.strange, ...next.strange], twice: [...sum.twice, ...next.twice] };
    },
    { sections: new Map(), strange: [], twice: [] },
  );
  const groups = groupsOf(read.sections);
  const inherited = [...(read.sections.get('supervisord') ?? [])].filter(([key]) => INHERITED.includes(key));
  const sketches: Sketch[] = [];
  for (const [title, section] of read.sections) {
    const [, kind = '', name = ''] = /^(program|eventlistener|fcgi-program):(.*)$/.exec(title) ?? [];
    if (kind === '') continue;
    sketches.push(sketchOf(kind, name.trim(), section, { inherited, groups: groups.get(name.trim()) ?? [] }));
  }
  return {
    file,
    sketches,
    notes: [
      ...read.strange.map((line) => ({ what: line, mend: 'no line of such a file' })),
      ...read.twice.map((what) => ({ what, mend: 'is there twice; the last one counts' })),
      ...ofSupervisord(read.sections.get('supervisord')),
    ],
  };
}

/** Is there anything in it that runs? Other programs have files of that form, too. */
export const isOfSupervisord = (text: string): boolean => /^\s*\[(program|eventlistener|fcgi-program):/m.test(text);

/** Program -> the groups that it is in. */
function groupsOf(sections: IniText['sections']): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const [title, section] of sections) {
    if (!title.startsWith('group:')) continue;
    for (const program of (section.get('programs') ?? '').split(','))
      groups.set(program.trim(), [...(groups.get(program.trim()) ?? []), title.slice('group:'.length).trim()]);
  }
  return groups;
}

const OTHER_KINDS: Readonly<Record<string, string>> = {
  eventlistener: 'it listens to the events of supervisord; supervisor: on_trouble hears of what is wrong here',
  'fcgi-program': 'it is given a socket, which supervise does not do: let systemd or php-fpm do that',
};

interface Surroundings {
  /** Keys of [supervisord] that hold for the program, too. */
  readonly inherited: readonly (readonly [key: string, value: string])[];
  readonly groups: readonly string[];
}

function sketchOf(
  kind: string,
  name: string,
  section: ReadonlyMap<string, string>,
  { inherited, groups }: Surroundings,
): Sketch {
  const known: Known = {
    programName: name,
    groupName: groups[0] ?? name,
    numprocs: wholeOf(section.get('numprocs') ?? '1', 1, 1000) ?? 1,
    firstNumber: wholeOf(section.get('numprocs_start') ?? '0', 0, 1e9) ?? 0,
  };
  const written = section.get('command') ?? '';
  const command = written === '' ? null : expandedCommand(written.replaceAll('\n', ' '), known);
  const carried = together([
    // What holds there where nothing is written.
    { keys: { restart: { policy: 'on-failure' } } },
    ...[...inherited, ...section]
      .filter(([key]) => key !== 'command')
      .map(([key, value]) => carriedOver(key, value, known)),
    ...(groups.length === 0 ? [] : [{ keys: { tags: groups.map(allowedName) } }]),
  ]);
  return {
    name,
    keys: { ...presetKeys(written), ...programKeys(command, written), ...shorter(carried.keys) },
    notes: [...(command?.notes ?? []), ...carried.notes],
    doubt: doubtOf(kind, written, command),
  };
}

/** A line that nobody can cut is kept as it is, for whoever mends it. */
const programKeys = (command: ExpandedCommand | null, written: string): Keys =>
  command === null ? (written === '' ? {} : { command: [written] }) : { [command.key]: command.value };

function doubtOf(kind: string, written: string, command: ExpandedCommand | null): string | null {
  if (OTHER_KINDS[kind] !== undefined) return OTHER_KINDS[kind];
  if (written === '') return 'it has no command';
  return command === null ? 'a quote in its command is never closed' : null;
}

function carriedOver(key: string, value: string, known: Known): Carried {
  const handler = Object.hasOwn(PROGRAM_KEYS, key) ? PROGRAM_KEYS[key] : undefined;
  if (handler === undefined) return told(key, value, 'has nothing that answers to it here');
  return handler(value, known) ?? told(key, value, 'is no value that is known for it');
}

/** Settings of supervisord itself that its programs inherit. */
const INHERITED = ['environment', 'user', 'umask'];
const HELD_FOR_ALL: Readonly<Record<string, string>> = {
  directory: 'held for all programs: relative paths are relative to the list here',
  minfds: 'held for all programs: write it under defaults: { ulimit: { open_files: … } }',
  minprocs: 'held for all programs: write it under defaults: { ulimit: { processes: … } }',
};

function ofSupervisord(section: ReadonlyMap<string, string> | undefined): readonly Note[] {
  return [...(section ?? [])].flatMap(([key, value]) => {
    const mend = Object.hasOwn(HELD_FOR_ALL, key) ? HELD_FOR_ALL[key] : undefined;
    return mend === undefined ? [] : [note(`[supervisord] ${key}`, value, mend)];
  });
}
