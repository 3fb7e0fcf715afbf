import type { ExpandedCommand, Known } from './expansions.ts';
import { expandedCommand } from './expansions.ts';
import type { Sections } from './ini.ts';
import { parseIni } from './ini.ts';
import { LONGEST_COMMAND, LONGEST_SOURCE, LONGEST_TITLE } from './bounds.ts';
import { presetKeys } from './known.ts';
import type { Carried, Keys, Note, Sketch, Source } from './sketch.ts';
import { allowedName, shorter, together } from './sketch.ts';
import { note, PROGRAM_KEYS, told } from './supervisord-keys.ts';
import { wholeOf } from './theirs.ts';

/** A file of supervisord and its place (absolute). */
export interface ConfFile {
  readonly text: string;
  readonly here: string;
  /** Not null: it is elsewhere and may be anything; its odd lines are counted under that name and not shown. */
  readonly uncitedAs: string | null;
}

/** The files named by an [include], as written: patterns relative to the file. */
export const includesOf = (text: string): readonly string[] =>
  (parseIni(text).sections.get('include')?.get('files') ?? '').split(/\s+/).filter((each) => each !== '');

/** A supervisord.conf followed by its includes: to supervisord they are one text. */
export function readSupervisord(files: readonly ConfFile[], file: string): Source {
  const sections: Sections = new Map();
  const notes: Note[] = [];
  for (const { text, here, uncitedAs } of files) {
    const { strange, twice } = parseIni(
      text.replaceAll('%(here)s', () => here.replaceAll('%', '%%')),
      sections,
    );
    const shown = uncitedAs === null || strange.length === 0 ? strange : [`${uncitedAs} (${strange.length} of it)`];
    for (const what of shown) notes.push({ what, mend: 'no line of such a file' });
    for (const what of twice) notes.push({ what, mend: 'is there twice; the last one counts' });
  }
  for (const title of [...sections.keys()].filter((each) => each.length > LONGEST_TITLE)) {
    notes.push({ what: `[${title.slice(0, 60)}…]`, mend: 'has too long a name: nothing of it was taken' });
    sections.delete(title);
  }
  const groups = groupsOf(sections);
  const inherited = inheritedOf(sections, notes);
  const sketches: Sketch[] = [];
  for (const [title, section] of sections) {
    const [, kind = '', name = ''] = /^(program|eventlistener|fcgi-program):(.*)$/.exec(title) ?? [];
    if (kind === '') continue;
    sketches.push(sketchOf(kind, name.trim(), section, { inherited, groups: groups.get(name.trim()) ?? [] }));
  }
  return {
    file,
    sketches,
    notes: [...notes, ...ofSupervisord(sections.get('supervisord'))],
  };
}

/** Does it run anything? Other programs use files of this format too. */
export const isOfSupervisord = (text: string): boolean => /^[ \t]*\[(program|eventlistener|fcgi-program):/m.test(text);

/** Does anything in it make it a file of this format? */
export const hasSection = (text: string): boolean => /^[ \t]*\[[^\]\n]+\]/m.test(text);

/** Program -> the groups it belongs to. */
function groupsOf(sections: Sections): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const [title, section] of sections) {
    if (!title.startsWith('group:')) continue;
    const group = title.slice('group:'.length).trim();
    for (const program of new Set((section.get('programs') ?? '').split(',').map((each) => each.trim()))) {
      const others = groups.get(program);
      if (others === undefined) groups.set(program, [group]);
      else others.push(group);
    }
  }
  return groups;
}

const OTHER_KINDS: Readonly<Record<string, string>> = {
  eventlistener: 'it listens to the events of supervisord; supervisor: on_trouble hears of what is wrong here',
  'fcgi-program': 'it is given a socket, which supervise does not do: let systemd or php-fpm do that',
};

interface Surroundings {
  /** Keys of [supervisord] that also apply to the program. */
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
  const isLong = written.length > LONGEST_COMMAND;
  const command = written === '' || isLong ? null : expandedCommand(written.replaceAll('\n', ' '), known);
  const carried = together([
    // The default there.
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

/** A line that cannot be split is kept as it is, for whoever mends it. */
const programKeys = (command: ExpandedCommand | null, written: string): Keys =>
  command === null
    ? written === '' || written.length > LONGEST_COMMAND
      ? {}
      : { command: [written] }
    : { [command.key]: command.value };

function doubtOf(kind: string, written: string, command: ExpandedCommand | null): string | null {
  if (OTHER_KINDS[kind] !== undefined) return OTHER_KINDS[kind];
  if (written === '') return 'it has no command';
  if (written.length > LONGEST_COMMAND) return 'its command is longer than any that can be started';
  return command === null ? 'a quote in its command is never closed' : null;
}

function carriedOver(key: string, value: string, known: Known): Carried {
  const handler = Object.hasOwn(PROGRAM_KEYS, key) ? PROGRAM_KEYS[key] : undefined;
  if (handler === undefined) return told(key, value, 'has nothing that answers to it here');
  return handler(value, known) ?? told(key, value, 'is no value that is known for it');
}

/** Settings of supervisord itself that its programs inherit. */
const INHERITED = ['environment', 'user', 'umask'];

/** Each program gets all of it: what exceeds the limit for that is reported once. */
function inheritedOf(sections: Sections, notes: Note[]): Surroundings['inherited'] {
  const inherited = [...(sections.get('supervisord') ?? [])].filter(([key]) => INHERITED.includes(key));
  const length = inherited.reduce((sum, [, value]) => sum + value.length, 0);
  if (length * sections.size <= LONGEST_SOURCE) return inherited;
  notes.push({
    what: '[supervisord]',
    mend: 'has too much to give to each program: write it under defaults: { env: … }',
  });
  return [];
}

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
