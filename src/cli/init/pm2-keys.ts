import path from 'node:path';
import { parseDuration } from '../../base/duration.ts';
import { wrongVariable } from '../../config/compound.ts';
import type { Carried, Keys, Note } from './sketch.ts';
import { allowedName, literal, pathKey } from './sketch.ts';
import { attemptsKeys, countOf, durationOf, sizeOf, wholeOf } from './theirs.ts';

/** An app in an ecosystem file: any JSON. */
export type App = Readonly<Record<string, unknown>>;

/** What each key of an app becomes here. null: its value means nothing to us, which is reported. */
export const APP_KEYS: Readonly<Record<string, (value: unknown, app: App) => Carried | null>> = {
  instances: instancesOf,
  exec_mode: (value) =>
    wordOf(value).includes('cluster')
      ? told(
          'exec_mode',
          value,
          'pm2 lets the processes share a port; here each is on its own: listen with reusePort, or a port for each',
        )
      : {},
  env: environmentOf,
  env_file: (value) => (typeof value === 'string' ? { keys: pathKey('env_file', value) } : null),
  autostart: (value) => flag(value, {}, { autostart: false }),
  autorestart: (value) => flag(value, {}, { restart: { policy: 'never' } }),
  // 0: unlimited there, like an absent key here.
  max_restarts: (value) => {
    const attempts = countOf(wordOf(value));
    return attempts === null ? null : { keys: attempts === 0 ? {} : attemptsKeys(attempts) };
  },
  min_uptime: (value) => restart('reset_after', timeOf(value)),
  restart_delay: (value) => {
    const delay = timeOf(value);
    // A constant gap.
    return delay === '0s' ? {} : delay === null ? null : { keys: { restart: { delay, factor: 1, max_delay: delay } } };
  },
  exp_backoff_restart_delay: (value) => {
    const delay = timeOf(value);
    if (delay === '0s') return {};
    return delay === null ? null : { keys: { restart: { delay, factor: 1.5, max_delay: longest(delay, '15s') } } };
  },
  max_memory_restart: (value) => {
    const memory = sizeOf(wordOf(value));
    return memory === null ? null : { keys: { limits: { memory } } };
  },
  kill_timeout: (value) => {
    const grace = timeOf(value);
    return grace === null ? null : { keys: { stop: { grace } } };
  },
  wait_ready: (value) => (value === true ? told('wait_ready', value, READY) : {}),
  listen_timeout: (value) => told('listen_timeout', value, READY),
  shutdown_with_message: (value) =>
    value === true ? told('shutdown_with_message', value, 'a stop is a signal here: handle SIGTERM') : {},
  stop_exit_codes: (value) =>
    told(
      'stop_exit_codes',
      value,
      'restart: { policy: on-failure, success_codes: […] } ends for good after these, and after no others',
    ),
  watch: watchOf,
  ignore_watch: (value, app) => (app.watch === undefined || app.watch === false ? {} : ignored(value)),
  watch_delay: (value) => {
    const debounce = timeOf(value);
    return debounce === null ? null : { keys: { watch: { debounce } } };
  },
  out_file: logFile,
  output: logFile,
  log_file: logFile,
  log: logFile,
  error_file: (value) => told('error_file', value, BOTH),
  error: (value) => told('error', value, BOTH),
  // Here all instances of a daemon write one file anyway.
  merge_logs: () => ({}),
  combine_logs: () => ({}),
  time: (value) => flag(value, { log: { timestamps: true } }, {}),
  log_date_format: (value) => ({
    keys: { log: { timestamps: true } },
    ...told('log_date_format', value, 'a time has one form here: 2026-01-31T12:00:00.000Z'),
  }),
  log_type: (value) => told('log_type', value, 'supervise logs --json makes JSON of the lines'),
  cron_restart: (value) =>
    /^0?$/.test(wordOf(value))
      ? {}
      : told(
          'cron_restart',
          value,
          'limits: { age: 24h } replaces it at a boundary; at a certain hour: cron, with supervise restart NAME',
        ),
  namespace: (value) =>
    typeof value === 'string' && value !== 'default' ? { keys: { tags: [allowedName(value)] } } : {},
  uid: (value) => userOf(value),
  user: (value) => userOf(value),
  gid: (value) => told('gid', value, 'write it behind the user: user: NAME:GROUP'),
  treekill: (value) => flag(value, {}, { leftovers: 'ignore' }),
  instance_var: (value) => told('instance_var', value, 'SUPERVISE_INSTANCE has the number, from 1'),
  increment_var: (value) => told('increment_var', value, 'SUPERVISE_INSTANCE has the number, from 1'),
  // Internals of pm2 that no daemon would notice.
  vizion: () => ({}),
  pmx: () => ({}),
  automation: () => ({}),
  force: () => ({}),
  windowsHide: () => ({}),
  source_map_support: (value) =>
    value === true ? told('source_map_support', value, 'write command: node --enable-source-maps …') : {},
};

const READY =
  'process.send is not there; say READY=1 on file descriptor 3 and write ready: notify, docs/writing-a-daemon.md';
const BOTH = 'both streams go to one file; supervise logs --stream err shows one of them';

/** A value as shown in a comment: short. */
export function shown(value: unknown): string {
  // The types of JSON.stringify hide that it returns undefined for what JSON lacks.
  const text = typeof value === 'string' ? value : ((JSON.stringify(value) as string | undefined) ?? typeof value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

const told = (key: string, value: unknown, mend: string): Carried => ({
  notes: [{ what: `${key}=${shown(value)}`, mend }],
});

function flag(value: unknown, yes: Keys, no: Keys): Carried | null {
  if (value === true || value === 'true') return { keys: yes };
  return value === false || value === 'false' ? { keys: no } : null;
}

const restart = (key: string, value: string | number | null): Carried | null =>
  value === null ? null : { keys: { restart: { [key]: value } } };

/** A value as a single word; anything else means nothing. */
const wordOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '{}';

/** Milliseconds, or `10s`, `5m`, `1h`. */
function timeOf(value: unknown): string | null {
  const [, digits, unit = 'ms'] = /^(\d{1,15})(ms|s|m|h|d)?$/.exec(wordOf(value).trim()) ?? [];
  const factor = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 }[unit] ?? 1;
  return digits === undefined ? null : durationOf(Number(digits) * factor);
}

function longest(one: string, other: string): string {
  const [a, b] = [parseDuration(one), parseDuration(other)];
  return a.ok && b.ok && a.value > b.value ? one : other;
}

function instancesOf(value: unknown): Carried | null {
  if (value === 'max' || value === 0 || value === '0') return { keys: { instances: 'cpus' } };
  if (typeof value === 'number' && value < 0)
    return {
      keys: { instances: 'cpus' },
      ...told('instances', value, 'as many as there are processors, here; or write a number'),
    };
  const count = wholeOf(wordOf(value), 1, 1000);
  return count === null ? null : { keys: { instances: count } };
}

function environmentOf(value: unknown): Carried | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const env = new Map<string, string>();
  const notes: Note[] = [];
  for (const [name, each] of Object.entries(value)) {
    const wrong = wrongVariable(name);
    if (wrong !== undefined) notes.push({ what: `env ${name}`, mend: wrong });
    else if (typeof each === 'object')
      notes.push({ what: `env ${name}`, mend: 'is no text; write its value under env' });
    else env.set(name, literal(String(each)));
  }
  return env.size === 0 ? { notes } : { keys: { env: Object.fromEntries(env) }, notes };
}

/** Paths of an app are relative to its cwd, those of a daemon to the list. */
function inItsFolder(file: string, { cwd }: App): string {
  return typeof cwd === 'string' && !path.isAbsolute(file) ? path.join(cwd, file) : file;
}

function watchOf(value: unknown, app: App): Carried | null {
  if (value === false) return {};
  // Its whole folder.
  if (value === true) return { keys: { watch: { paths: [literal(inItsFolder('.', app))] } } };
  const paths = (Array.isArray(value) ? value : [value]).filter(
    (each): each is string => typeof each === 'string' && each !== '',
  );
  const patterns = paths.filter((each) => /[*?]/.test(each));
  const plain = paths.filter((each) => !/[*?]/.test(each));
  const notes = patterns.map((each) => ({ what: `watch=${each}`, mend: 'files and folders are watched, no patterns' }));
  return plain.length === 0
    ? { notes }
    : { keys: { watch: { paths: plain.map((each) => literal(inItsFolder(each, app))) } }, notes };
}

function ignored(value: unknown): Carried | null {
  const all = Array.isArray(value) ? value : [value];
  const plain = all.filter((each): each is string => typeof each === 'string' && /^[\w@.*?/-]+$/.test(each));
  const known = new Set<unknown>(plain);
  const notes = all
    .filter((each) => !known.has(each))
    .map((each) => ({
      what: `ignore_watch=${shown(each)}`,
      mend: 'only * and ? have a meaning in a pattern of watch.ignore',
    }));
  return plain.length === 0 ? { notes } : { keys: { watch: { ignore: plain } }, notes };
}

function logFile(value: unknown, app: App): Carried | null {
  if (typeof value !== 'string') return null;
  if (/^(NULL|\/dev\/.*)$/.test(value))
    return told('out_file', value, 'its output is always kept, and bounded: log: { max_size: … }');
  const placed = inItsFolder(value, app);
  const file = placed.includes('/') ? placed : `./${placed}`;
  return { keys: { log: pathKey('file', file) } };
}

const userOf = (value: unknown): Carried | null =>
  typeof value === 'string' || typeof value === 'number' ? { keys: { user: literal(String(value)) } } : null;
