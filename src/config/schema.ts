import { environment, needs, readiness, signal } from './compound.ts';
import { LIMITS } from './limits.ts';
import { PRESET_NAMES } from './presets.ts';
import { resources } from './resources.ts';
import { SOCKET, ULIMIT, mask, priority, user } from './run-as.ts';
import { WATCH } from './watch.ts';
import {
  atLeast,
  count,
  duration,
  flag,
  listOf,
  name,
  number,
  oneOf,
  oneOrMany,
  orWord,
  ownWords,
  path,
  rate,
  size,
  text,
  words,
} from './kinds.ts';
import { LEAST_WITHIN_MS } from '../base/duration.ts';
import type { Found, Kind, Written } from './section.ts';
import { WRONG, complain, key, later, refuse, section, shortOr } from './section.ts';
import type { LogSpec } from './spec.ts';
import type { Node } from './tree.ts';
import { isNothing, textOf } from './tree.ts';

/**
 * All keys of a list, in one place. Reading and checking a list (section.ts), the JSON Schema, the reference in docs/list.md and the
 * default values (normalize.ts) all derive from these tables.
 */

export const RESTART = {
  policy: key(oneOf(['always', 'on-failure', 'never']), {
    doc: 'After which ends it is restarted.',
    builtIn: 'always',
  }),
  delay: key(duration, { doc: 'The gap between two starts after the first crash in a row.', builtIn: '1s' }),
  factor: key(number(1, 100), { doc: 'Each further crash in a row makes the gap this many times longer.', builtIn: 2 }),
  max_delay: key(duration, { doc: 'The longest gap.', builtIn: '60s' }),
  jitter: key(number(0, 1), { doc: 'The gap is shortened by a random share of at most this.', builtIn: 0.2 }),
  reset_after: key(duration, {
    doc: 'A run of at least this long clears the count of crashes; one that ends sooner is a quick end.',
    builtIn: '10s',
  }),
  attempts: key(orWord('unlimited', null, count(1, 1_000_000)), {
    doc: 'After this many crashes in a row it has failed.',
    builtIn: 'unlimited',
  }),
  success_codes: key(listOf(count(0, 255), 'exit codes'), {
    doc: 'Exit codes that mean "done as planned".',
    builtIn: [0],
  }),
  fatal_codes: key(listOf(count(0, 255), 'exit codes'), {
    doc: 'Exit codes after which no restart helps: failed at once.',
    builtIn: [78, 125],
  }),
};

export const STOP = {
  signal: key(signal, {
    doc: 'The signal that asks it to stop.',
    otherwise: 'the signal that supervise got, else SIGTERM',
  }),
  to: key(oneOf(['main', 'group']), {
    doc: 'Who gets the signal: the main process, or its whole process group.',
    otherwise: 'main; group for `shell:` and for known wrappers (npm, npx, pnpm, yarn, tsx, poetry, uv, su, sudo)',
  }),
  grace: key(orWord('unlimited', null, duration), {
    doc: 'How long it may take to reach its boundary before SIGKILL.',
    builtIn: '60s',
  }),
};

export const LOG = {
  file: key(path, {
    doc: 'Where its output goes: a bare name is in the logs folder, a path is relative to the list.',
    otherwise: '`NAME.log`',
  }),
  max_size: key(size, { doc: 'The file is rotated, at a line end, before it grows beyond this.', builtIn: '10MB' }),
  max_files: key(count(0, 1000), { doc: 'How many rotated files are kept; NAME.log.1 is the newest.', builtIn: 5 }),
  timestamps: key(flag, { doc: 'Each line gets its time, stream and instance.', builtIn: false }),
  compress: key(flag, {
    doc: 'Rotated files are compressed in the background; NAME.log.1.gz is the newest.',
    builtIn: false,
  }),
};

/** The logs of all daemons together. */
export const ALL_LOGS = {
  max_total: key(size, {
    doc: 'The most that the logs of all daemons take together: the oldest rotated files are removed first.',
    otherwise: 'no bound but that of each daemon',
  }),
};

export const DAEMON = {
  name: key(name, {
    doc: 'Its name, used everywhere.',
    otherwise: 'the stem of the script: `photos` for ./workers/photos.php',
  }),
  script: key(words, {
    doc: 'A script and its arguments; its interpreter follows from the extension or the #! line. Relative to the list.',
  }),
  command: key(words, {
    doc: 'A program and its arguments, found in the PATH of the daemon (with a slash: relative to cwd).',
    elsewhere: ['exec', 'cmd', 'run', 'program', 'entrypoint'],
  }),
  shell: key(text, { doc: 'A command line for /bin/sh -c; the only key that runs a shell.' }),
  instances: key(
    orWord('cpus', 'cpus', count(1, 1000, 'to have it in the list and not running, write autostart: false')),
    {
      doc: 'How many processes of it run; cpus means one per processor.',
      builtIn: 1,
      elsewhere: ['numprocs', 'processes', 'replicas', 'count', 'concurrency'],
    },
  ),
  cwd: key(path, {
    doc: 'The folder it runs in. Relative to the list.',
    otherwise: 'the folder of the list',
    elsewhere: ['directory', 'workdir', 'working_dir', 'working_directory', 'chdir'],
  }),
  env: key(environment, {
    doc: 'Added to the environment of supervise itself.',
    otherwise: 'PYTHONUNBUFFERED=1',
    elsewhere: ['environment', 'environ', 'vars'],
  }),
  env_file: key(oneOrMany(path, 'paths'), {
    doc: 'Files with KEY=value lines, read before env. Relative to the list.',
    elsewhere: ['dotenv'],
  }),
  tags: key(listOf(name, 'names'), {
    doc: 'Names for groups of daemons, as in `supervise restart @media`.',
    elsewhere: ['groups', 'group', 'profiles', 'labels'],
  }),
  autostart: key(flag, { doc: 'false: it starts only by hand, or when another daemon needs it.', builtIn: true }),
  depends_on: key(needs, {
    doc: 'Daemons that must be ready (or completed) and resources that must be up before it starts.',
    elsewhere: ['after', 'requires', 'needs'],
  }),
  ready: key(readiness, {
    doc: 'When it counts as running.',
    builtIn: '1s',
    otherwise: 'READY=1, or alive for 1s, whichever is first',
  }),
  restart: key(
    shortOr(RESTART.policy.kind, section(RESTART), (policy) => ({ policy })),
    { doc: 'What follows an end that nobody asked for.', elsewhere: ['autorestart', 'restart_policy'] },
  ),
  stop: key(withoutStages(shortOr(STOP.grace.kind, section(STOP), (grace) => ({ grace }))), {
    doc: 'How it is stopped; a time alone is the grace.',
    elsewhere: ['stop_grace_period', 'stopwaitsecs', 'kill_timeout', 'stopsignal', 'stop_signal'],
  }),
  leftovers: key(oneOf(['end', 'wait', 'ignore']), {
    doc: 'What happens to processes of a run that outlive its main process.',
    builtIn: 'end',
  }),
  log: key(orStdout(section(LOG)), {
    doc: 'Where its output goes and how much is kept. `log: stdout`: to the stdout of supervise instead of a file. docs/logs.md',
    otherwise: 'a file; as pid 1 (in a container) stdout',
    elsewhere: ['logs', 'logging', 'output'],
  }),
  watch: key(
    shortOr(
      WATCH.paths.kind,
      section(WATCH),
      (paths) => ({ paths }),
      (node) => node.kind !== 'mapping',
    ),
    {
      doc: 'Files and folders: when one changes, it is restarted at its boundary. A plain list of paths means watch.paths.',
      elsewhere: ['watch_paths', 'watch_files', 'reload_on_change'],
    },
  ),
  user: key(user, {
    doc: 'The user it runs as, with all groups of that user; HOME, USER, LOGNAME and SHELL follow. Only root may set another user.',
    otherwise: 'the user that supervise runs as',
    elsewhere: ['uid', 'run_as', 'username'],
  }),
  umask: key(mask, { doc: 'The file mode creation mask of its processes.', otherwise: 'that of supervise' }),
  nice: key(priority, {
    doc: 'Its priority: 19 yields the most, below 0 needs root.',
    otherwise: 'that of supervise',
    elsewhere: ['priority', 'niceness'],
  }),
  ulimit: key(section(ULIMIT), {
    doc: 'Its resource limits, soft and hard alike.',
    otherwise: 'those of supervise',
    elsewhere: ['ulimits', 'rlimit', 'rlimits'],
  }),
  limits: key(section(LIMITS), {
    doc: 'When a running process is replaced.',
    otherwise: 'no limits',
    elsewhere: ['limit', 'recycle', 'max_memory_restart'],
  }),
  preset: key(oneOf(PRESET_NAMES), {
    doc: 'Sets what a known framework wants; anything written in the list, also in defaults:, takes precedence. docs/presets.md',
    elsewhere: ['framework', 'type'],
  }),
  schedule: later('Start it at times.'),
  scale: later('Change the number of instances while it runs.'),
  health: later('Health probes.'),
  secrets: later('Secrets.'),
  pause: later('Pause it.'),
  exit_when: later('End it when a condition holds.'),
};

/** What cannot be the same for all daemons has no place in `defaults:`. */
const OF_DAEMONS = ['name', 'script', 'command', 'shell', 'depends_on'] as const;
export const DEFAULTS = without(DAEMON, OF_DAEMONS);

export const SUPERVISOR = {
  start_rate: key(orWord('unlimited', null, rate), {
    doc: 'How many starts that nobody asked for by name may happen per second, after a burst of as many.',
    builtIn: '20/s',
  }),
  socket: key(section(SOCKET), { doc: 'Who else may speak to the supervisor.' }),
  stop_within: key(atLeast(LEAST_WITHIN_MS, 'the last 3s of it are for cutting in order, and for saying so'), {
    doc: 'How long a stop of the whole list may take before something outside kills everything (docker stop, Kubernetes). Whatever still drains 3s before that is cut and named by supervise.',
    otherwise: 'as long as the daemons are waited for',
    elsewhere: ['stop_timeout', 'shutdown_timeout', 'timeout', 'grace_period'],
  }),
  log: key(section(ALL_LOGS), { doc: 'All logs together.' }),
  on_trouble: key(ownWords, {
    doc: 'A program to run, in the folder of the list, when an instance has failed, loops, is stuck, was cut, or is healthy again; a line of JSON on its stdin says what happened. docs/trouble.md',
    elsewhere: ['on_failure', 'on_error', 'notify', 'alert', 'hook'],
  }),
};

/** The items are read one by one in validate.ts, where each has a name to refer to it by. */
const daemonList: Kind<readonly Node[]> = {
  words: 'a list of daemons',
  json: { $ref: '#/definitions/daemons' },
  section: DAEMON,
  read: (node, scope) => {
    if (node.kind === 'sequence' && node.items.length > 0) return node.items;
    if (node.kind === 'sequence' || isNothing(node))
      complain(scope, node.at, 'has no daemon in it', 'the shortest one is a line: - ./workers/photos.php');
    else
      refuse(
        node,
        scope,
        'a list of daemons',
        node.kind === 'mapping' ? `write: - name: ${node.entries[0]?.key ?? 'photos'}` : undefined,
      );
    return WRONG;
  },
};

export const LIST = {
  name: key(name, {
    doc: 'The id of the list; its state folder is named after it.',
    otherwise: 'made from the path of the list: srv-shop-current',
  }),
  defaults: key(section(DEFAULTS, OF_DAEMONS), {
    doc: 'Keys that hold for all daemons unless a daemon sets its own.',
  }),
  daemons: key(daemonList, {
    doc: 'The daemons. A file that needs no other key may be this list alone.',
    elsewhere: ['services', 'programs', 'apps', 'workers', 'processes'],
  }),
  supervisor: key(section(SUPERVISOR), { doc: 'Settings of the supervisor itself.' }),
  resources: key(resources, {
    doc: 'What daemons share but the list does not run. While one is down, the daemons that need it are not started.',
    elsewhere: ['dependencies', 'externals'],
  }),
  include: later('Other lists.'),
  secrets: later('Secrets.'),
  metrics: later('Metrics.'),
};

export type WrittenDaemon = Written<typeof DAEMON>;
export type WrittenDefaults = Written<typeof DEFAULTS>;
export type WrittenList = Written<typeof LIST>;

function without<S extends object, K extends keyof S>(rows: S, keys: readonly K[]): Omit<S, K> {
  const rest = { ...rows };
  for (const each of keys) Reflect.deleteProperty(rest, each);
  return rest;
}

function withoutStages<T>(kind: Kind<T>): Kind<T> {
  return {
    ...kind,
    read: (node, scope) => {
      if (node.kind !== 'sequence') return kind.read(node, scope);
      complain(
        scope,
        node.at,
        'as a list of stages is not supported yet',
        'write one: { signal: SIGTERM, grace: 60s }',
      );
      return WRONG;
    },
  };
}

/** What is written about a log: the keys of a file, or that there is none. */
type WrittenLog = Written<typeof LOG> & { readonly to?: Found<LogSpec['to']> };

function orStdout(long: Kind<Written<typeof LOG>>): Kind<WrittenLog> {
  return {
    ...long,
    words: 'stdout, or a mapping',
    json: { anyOf: [{ const: 'stdout' }, long.json] },
    read: (node, scope) => {
      const written = textOf(node);
      if (written === 'stdout') return { to: { value: 'stdout', at: node.at } };
      if (written !== undefined) {
        const mend = written === 'stderr' ? BOTH_STREAMS : `write { file: ${written} }`;
        complain(scope, node.at, 'must be stdout or a mapping', mend);
        return WRONG;
      }
      const keys = long.read(node, scope);
      // Saying how large a file may be implies a file; a section with all its lines commented out says nothing.
      return keys === WRONG || isNothing(node) ? keys : { ...keys, to: { value: 'file', at: node.at } };
    },
  };
}

const BOTH_STREAMS = 'write log: stdout, or leave it out for a file: what a daemon prints on stderr goes there, too';
