import path from 'node:path';
import { messageOf } from '../../base/error-words.ts';
import { DEEPEST, isTooDeep } from './bounds.ts';
import { presetKeys } from './known.ts';
import { APP_KEYS, shown } from './pm2-keys.ts';
import { cutLine } from './shell-words.ts';
import type { Carried, Keys, Note, Sketch, Source } from './sketch.ts';
import { commandValue, literal, shorter, together } from './sketch.ts';
import type { App } from './pm2-keys.ts';

/** An ecosystem file of pm2, as JSON. */
export function readPm2(text: string, file: string): Source {
  let read: unknown;
  try {
    read = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const what = messageOf(error);
    return { file, sketches: [], notes: [{ what, mend: 'is no JSON: mend it, and run supervise init again' }] };
  }
  if (isTooDeep(read)) {
    const mend = `is nested more than ${DEEPEST} deep: nothing of it was taken`;
    return { file, sketches: [], notes: [{ what: file, mend }] };
  }
  const notes: Note[] = [];
  const sketches: Sketch[] = [];
  for (const app of appsOf(read)) {
    if (isApp(app)) sketches.push(sketchOf(app));
    else notes.push({ what: shown(app), mend: 'is no app of pm2' });
  }
  if (isApp(read) && 'deploy' in read)
    notes.push({
      what: 'deploy',
      mend: 'how code gets to a machine is not for supervise; after it: supervise restart',
    });
  return { file, sketches, notes };
}

/** The note for an ecosystem file that is a program: it is never run here. */
export function programNote(file: string): Note {
  const json = file.replace(/\.(c|m)?js$/, '.json');
  const print = `node -p 'JSON.stringify(require("./${file}"), null, 2)' > ${json}`;
  return {
    what: file,
    mend: `is a program, and is not run here; make JSON of it and run supervise init again: ${print}`,
  };
}

function appsOf(read: unknown): readonly unknown[] {
  if (Array.isArray(read)) return read;
  if (!isApp(read)) return [read];
  const { apps } = read;
  if (Array.isArray(apps)) return apps;
  if (apps !== undefined) return [apps];
  return 'script' in read || 'cmd' in read ? [read] : [];
}

const isApp = (value: unknown): value is App => typeof value === 'object' && value !== null && !Array.isArray(value);

function sketchOf(app: App): Sketch {
  const program = programOf(app);
  const carried = together([
    stopSignalOf(app, 'preset' in program.keys),
    ...Object.entries(app)
      .filter(([key]) => !OF_PROGRAM.has(key))
      .map(([key, value]) => carriedOver(key, value, app)),
  ]);
  const name = typeof app.name === 'string' || typeof app.name === 'number' ? String(app.name) : stemOf(program.script);
  return {
    name,
    keys: { ...program.keys, ...shorter(watched(carried.keys)) },
    notes: carried.notes,
    doubt: program.script === '' ? 'it has no script' : null,
  };
}

/**
 * pm2 sends SIGINT, and its apps handle that: SIGTERM would cut them. A preset knows its worker's signal better, and an app that waits for
 * a message handles no signal. pm2 has no key for a different one.
 */
function stopSignalOf(app: App, hasPreset: boolean): Carried {
  if (hasPreset || app.shutdown_with_message === true) return {};
  const isTree = app.treekill !== false && app.treekill !== 'false';
  // bash continues after a SIGINT that did not kill the program it waits for: pm2 sends it to both.
  return { keys: { stop: { signal: 'SIGINT', ...(isTree && isShellScript(app) ? { to: 'group' } : {}) } } };
}

function isShellScript(app: App): boolean {
  const { script, interpreter } = wordsOfProgram(app);
  const runs = interpreter === '' ? path.extname(script).slice(1) : path.basename(interpreter);
  return /^(ba|da|k|z)?sh$/.test(runs);
}

/** Exclusions from nothing, and a delay for nothing, are dropped. */
function watched(keys: Keys): Keys {
  const { watch, ...others } = keys;
  return typeof watch === 'object' && 'paths' in watch ? keys : others;
}

function carriedOver(key: string, value: unknown, app: App): Carried {
  if (value === null || value === undefined) return {};
  if (key.startsWith('env_')) {
    const names = isApp(value) ? Object.keys(value).join(', ') : '';
    const set = key.slice('env_'.length);
    return {
      notes: [
        {
          what: `${key} (${names})`,
          mend: `was chosen by --env ${set}: write those values under env, or in a file that env_file names`,
        },
      ],
    };
  }
  const handler = Object.hasOwn(APP_KEYS, key) ? APP_KEYS[key] : undefined;
  if (handler === undefined)
    return { notes: [{ what: `${key}=${shown(value)}`, mend: 'has nothing that answers to it here' }] };
  return (
    handler(value, app) ?? { notes: [{ what: `${key}=${shown(value)}`, mend: 'is no value that is known for it' }] }
  );
}

/** Read together. */
const OF_PROGRAM = new Set(
  'name script cmd args cwd interpreter exec_interpreter interpreter_args node_args exec_args'.split(' '),
);

/** What it runs, and where. */
function programOf(app: App): { script: string; keys: Keys } {
  const { script, interpreter } = wordsOfProgram(app);
  const cwd = textOf(app.cwd);
  const args = wordsOf(app.args);
  const options = wordsOf(app.interpreter_args ?? app.node_args ?? app.exec_args);
  const line = [interpreter, ...options, script, ...args].join(' ');
  return {
    script,
    keys: {
      ...presetKeys(line),
      ...(script === '' ? {} : launchKeys({ script, cwd, args, options, interpreter })),
      ...(cwd === '' ? {} : { cwd: literal(cwd) }),
    },
  };
}

const wordsOfProgram = (app: App): { script: string; interpreter: string } => ({
  script: textOf(app.script) || textOf(app.cmd),
  interpreter: textOf(app.interpreter) || textOf(app.exec_interpreter),
});

interface Launch {
  readonly script: string;
  readonly cwd: string;
  readonly args: readonly string[];
  readonly options: readonly string[];
  readonly interpreter: string;
}

function launchKeys({ script, cwd, args, options, interpreter }: Launch): Keys {
  const value = (words: readonly string[]): Keys[string] => commandValue(words.map(literal));
  // Without an extension and a slash it is a program in the PATH: npm, php.
  const isProgram = !script.includes('/') && path.extname(script) === '';
  if (interpreter === 'none' || interpreter === 'binary' || (interpreter === '' && isProgram))
    return { command: value([isProgram || path.isAbsolute(script) ? script : relative(script), ...args]) };
  if (interpreter !== '' && !(interpreter === 'node' && options.length === 0 && /\.[cm]?[jt]s$/.test(script)))
    return { command: value([interpreter, ...options, script, ...args]) };
  if (options.length > 0) return { command: value(['node', ...options, script, ...args]) };
  // script: is relative to the list, whatever cwd is.
  return { script: value([path.isAbsolute(script) ? script : relative(path.join(cwd, script)), ...args]) };
}

const relative = (file: string): string => (/^\.{0,2}\//.test(file) ? file : `./${file}`);

const stemOf = (script: string): string => path.basename(script, path.extname(script));
const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

/** A list of words, or a text split into words. */
function wordsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map((word) => (typeof word === 'string' ? word : shown(word)));
  const line = textOf(value);
  return cutLine(line) ?? line.split(/\s+/);
}
