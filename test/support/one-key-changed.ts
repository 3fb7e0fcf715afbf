/** For each key of a list: that key changed, and nothing else. A key added to the schema needs a row here. */
export interface OneKeyChanged {
  /** As in the schema: `restart.delay`. */
  readonly key: string;
  /** Its name in the plan, if different or more exact. */
  readonly told?: readonly string[];
  /** The daemon as a YAML mapping, or (`list`) the keys beside the daemons. */
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
  /** Its process is made from it, and is therefore replaced. */
  readonly restarts?: boolean;
  readonly list?: boolean;
}

type Row = OneKeyChanged;
type Mapping = Row['before'];

const care = (key: string, before: Mapping, after: Mapping, told?: readonly string[]): Row => ({
  ...{ key, before, after },
  ...(told === undefined ? {} : { told }),
});
const process = (key: string, before: Mapping, after: Mapping, told?: readonly string[]): Row => ({
  ...care(key, before, after, told),
  restarts: true,
});
const list = (key: string, before: Mapping, after: Mapping, told?: readonly string[]): Row => ({
  ...care(key, before, after, told),
  list: true,
});
/** A key of a section: `restart.delay`. */
const within = (key: string, before: unknown, after: unknown): readonly [string, Mapping, Mapping] => {
  const [section = '', inner = ''] = key.split('.');
  return [key, { [section]: { [inner]: before } }, { [section]: { [inner]: after } }];
};

export const DAEMON_ROWS: readonly OneKeyChanged[] = [
  process('script', { script: './d.sh' }, { script: './d.sh --more' }),
  process('command', { command: 'sh d.sh' }, { command: 'sh d.sh more' }),
  process('shell', { shell: 'sh d.sh' }, { shell: 'exec sh d.sh' }),
  process('cwd', { cwd: '.' }, { cwd: './other' }),
  process('env', { env: { A: '1' } }, { env: { A: '2' } }, ['env.A']),
  process('env_file', {}, { env_file: 'more.env' }, ['env.FROM_FILE']),
  process('umask', { umask: '027' }, { umask: '022' }),
  process('nice', {}, { nice: 1 }),
  process('ulimit', { ulimit: { open_files: 512 } }, { ulimit: { open_files: 500 } }, ['ulimit.open_files']),
  care('instances', { instances: 2 }, { instances: 3 }),
  care('tags', { tags: ['a'] }, { tags: ['b'] }),
  care('autostart', { autostart: true }, { autostart: false }),
  care('depends_on', {}, { depends_on: ['needed'] }),
  care('ready', { ready: '1s' }, { ready: '2s' }),
  care(...within('restart.policy', 'always', 'on-failure')),
  care(...within('restart.delay', '1s', '2s')),
  care(...within('restart.factor', 2, 3)),
  care(...within('restart.max_delay', '60s', '30s')),
  care(...within('restart.jitter', 0.2, 0.1)),
  care(...within('restart.reset_after', '10s', '20s')),
  care(...within('restart.attempts', 'unlimited', 9)),
  care(...within('restart.success_codes', [0], [0, 3])),
  care(...within('restart.fatal_codes', [78, 125], [78])),
  care(...within('stop.signal', 'SIGTERM', 'SIGUSR1')),
  care(...within('stop.to', 'main', 'group')),
  care(...within('stop.grace', '60s', '30s')),
  care('leftovers', { leftovers: 'end' }, { leftovers: 'wait' }),
  care('log.file', { log: { file: 'd.log' } }, { log: 'stdout' }, ['log']),
  care(...within('log.file', 'd.log', 'e.log')),
  care(...within('log.max_size', '10MB', '20MB')),
  care(...within('log.max_files', 5, 6)),
  care(...within('log.timestamps', false, true)),
  care(...within('log.compress', false, true)),
  care('watch.paths', { watch: ['src'] }, { watch: ['lib'] }),
  care('watch.ignore', { watch: { paths: ['src'] } }, { watch: { paths: ['src'], ignore: ['x'] } }),
  care('watch.debounce', { watch: { paths: ['src'] } }, { watch: { paths: ['src'], debounce: '1s' } }),
  care(...within('limits.iteration', '5m', '6m')),
  care(...within('limits.iterations', 1000, 2000)),
  care(...within('limits.memory', '1GB', '2GB')),
  care(...within('limits.age', '12h', '13h')),
];

export const LIST_ROWS: readonly OneKeyChanged[] = [
  list('supervisor.start_rate', { supervisor: { start_rate: '20/s' } }, { supervisor: { start_rate: '10/s' } }),
  list('supervisor.stop_within', {}, { supervisor: { stop_within: '25s' } }),
  list(
    'supervisor.log.max_total',
    { supervisor: { log: { max_total: '1GB' } } },
    { supervisor: { log: { max_total: '2GB' } } },
  ),
  list('supervisor.on_trouble', {}, { supervisor: { on_trouble: ['./d.sh'] } }),
  list('resources', { resources: { db: { file: 'd.sh' } } }, { resources: { db: { file: 'more.env' } } }, [
    'resources.db',
  ]),
];

/** Not here: keys that need rights or accounts not every machine has (tested elsewhere), or that are no setting of their own. */
export const ELSEWHERE: readonly string[] = ['name', 'user', 'preset', 'supervisor.socket.group'];
