import type { ListItem } from '../../config/write.ts';
import { listText } from '../../config/write.ts';
import type { Keys, Note, Sketch, Source } from './sketch.ts';
import { allowedName, noteLines } from './sketch.ts';

/** A list to be written, and what to say about it. */
export interface Composed {
  readonly text: string;
  /** For each source, what became of its daemons. */
  readonly taken: readonly Taken[];
  /** Lines beginning with `look:`. */
  readonly looks: number;
}

export interface Taken {
  readonly file: string;
  readonly daemons: readonly string[];
  /** Those that are only comments. */
  readonly doubtful: readonly string[];
}

/** The list that results from sources; `schema` is the place of the JSON Schema. */
export function compose(sources: readonly Source[], schema: string): Composed {
  const names = new Set<string>();
  const logs = new Set<string>();
  const items: ListItem[] = [];
  const taken: Taken[] = [];
  for (const source of sources) {
    const named = source.sketches.map((sketch) => withOwnLog(withOwnName(sketch, source.file, names), logs));
    const notes = noteLines(source.notes);
    items.push({
      comments: [...(items.length === 0 ? [] : ['']), `from ${source.file}`, ...notes],
      daemon: null,
      isComment: false,
    });
    items.push(...named.map(itemOf));
    taken.push({
      file: source.file,
      daemons: named.filter(({ doubt }) => doubt === null).map(({ name }) => name),
      doubtful: named.filter(({ doubt }) => doubt !== null).map(({ name }) => name),
    });
  }
  const looks = items.flatMap(({ comments }) => comments).filter((line) => line.startsWith('look:')).length;
  return { text: listText(headingOf(schema, looks), items), taken, looks };
}

const headingOf = (schema: string, looks: number): readonly string[] => [
  `yaml-language-server: $schema=${schema}`,
  'Written by supervise init. supervise check --explain says what each daemon gets; all keys: docs/list.md.',
  ...(looks === 0
    ? []
    : ['Lines with "look:" say what could not be carried over, or is for you to decide: a daemon behind "#" is none.']),
];

function itemOf({ name, keys, notes, doubt }: Sketch): ListItem {
  const doubts = doubt === null ? [] : [`look: ${name}: ${doubt}`];
  return {
    comments: [...doubts, ...noteLines([...notes, ...secretsOf(keys)])],
    daemon: { name, ...keys },
    isComment: doubt !== null,
  };
}

const SECRET = /SECRET|TOKEN|PASSWORD|PASSWD|PRIVATE|CREDENTIAL|API_?KEY|_DSN$|^DSN$|DATABASE_URL/i;

/** Their values are also in the file they come from; there is a better place. */
function secretsOf({ env }: Keys): readonly Note[] {
  const names = typeof env === 'object' ? Object.keys(env).filter((name) => SECRET.test(name)) : [];
  const mend = 'looks like a secret: move it to a file that env_file names, and that only its user may read';
  return names.map((name) => ({ what: `env ${name}`, mend }));
}

/** Its name, made valid and unique. */
function withOwnName(sketch: Sketch, file: string, taken: Set<string>): Sketch {
  const wanted = allowedName(sketch.name);
  const base = taken.has(wanted) ? allowedName(`${wanted.slice(0, 40)}-${fileWord(file)}`) : wanted;
  let name = base;
  for (let count = 2; taken.has(name); count += 1) name = `${base.slice(0, 56)}-${count}`;
  taken.add(name);
  if (name === sketch.name) return sketch;
  const why =
    wanted === sketch.name
      ? `another one has that name, so it is ${name} here`
      : `is called ${name} here: names are made of letters, digits, ".", "_" and "-"`;
  return { ...sketch, name, notes: [{ what: sketch.name, mend: why }, ...sketch.notes] };
}

/** The word that distinguishes daemons of one file. */
const fileWord = (file: string): string =>
  /[A-Za-z]+/.exec(file.slice(file.lastIndexOf('/') + 1))?.[0].toLowerCase() ?? 'other';

/** No two daemons write the same file. */
function withOwnLog(sketch: Sketch, taken: Set<string>): Sketch {
  const { log } = sketch.keys;
  const file = typeof log === 'object' && 'file' in log ? log.file : undefined;
  if (typeof file !== 'string' || sketch.doubt !== null) return sketch;
  if (!taken.has(file)) {
    taken.add(file);
    return sketch;
  }
  const keys = Object.fromEntries(Object.entries(sketch.keys).filter(([key]) => key !== 'log'));
  const others = Object.fromEntries(Object.entries(log ?? {}).filter(([key]) => key !== 'file'));
  return {
    ...sketch,
    keys: Object.keys(others).length === 0 ? keys : { ...keys, log: others },
    notes: [
      ...sketch.notes,
      { what: `the log ${file}`, mend: `another daemon writes it; this one has ${sketch.name}.log` },
    ],
  };
}
