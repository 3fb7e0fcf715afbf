import type { ExitCode } from '../base/exit-codes.ts';
import type { Invocation } from './args.ts';
import type { Terminal } from './print/terminal.ts';

export interface OptionRow {
  readonly name: string;
  readonly short?: string;
  /** The placeholder for its value in the help; absent: it takes none. */
  readonly value?: string;
  readonly doc: string;
}

export interface CommandRow {
  readonly summary: string;
  /** What follows the name: `[NAME…]`. */
  readonly operands: string;
  readonly least: number;
  readonly most: number;
  readonly options: readonly OptionRow[];
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  readonly load: () => Promise<{ run: (call: Invocation, terminal: Terminal) => Promise<ExitCode> }>;
}

const FILE = {
  name: 'file',
  short: 'f',
  value: 'FILE',
  doc: 'the list; default: daemons.yaml or .yml here',
} as const satisfies OptionRow;
/** In `logs` the letter stands for --follow, as everywhere else. */
const LONG_FILE = { name: 'file', value: 'FILE', doc: FILE.doc } as const satisfies OptionRow;
const STATE_DIR = {
  name: 'state-dir',
  value: 'DIR',
  doc: 'folder of lock, socket and logs; default: $SUPERVISE_STATE_DIR, or one named after the list',
} as const satisfies OptionRow;
const HELP = { name: 'help', short: 'h', doc: 'this help' } as const satisfies OptionRow;
const JSON_OUT = { name: 'json', doc: 'as JSON' } as const satisfies OptionRow;
const NO_WAIT = {
  name: 'no-wait',
  doc: 'return at once instead of waiting until it is done',
} as const satisfies OptionRow;

/** What every command takes, and what may precede the command. */
export const COMMON = [FILE, STATE_DIR, HELP] as const;

const ALL = Number.MAX_SAFE_INTEGER;

/** The commands, in one place: parser, help and docs/commands.md are made from this table. */
export const COMMANDS = {
  start: {
    summary: 'run the list, in the foreground or (-d) detached; if it is already running, start NAMEs there',
    operands: '[NAME…]',
    least: 0,
    most: ALL,
    options: [
      { name: 'detach', short: 'd', doc: 'in the background; returns when the list is up' },
      { name: 'tui', doc: 'in the background, and opens its screen; leaving asks what is to become of the list' },
      {
        name: 'log-format',
        value: 'text|json',
        doc: 'format of `log: stdout` and of our messages; json: one object per line',
      },
      ...COMMON,
      NO_WAIT,
      JSON_OUT,
    ],
    examples: [
      ['supervise start', 'runs daemons.yaml in this folder; Ctrl-C drains and ends it'],
      ['supervise start -d', 'runs it in the background and says where its logs are'],
      ['supervise start photos', 'runs photos and what it needs, or starts it in the running supervisor'],
      ['supervise start -f /srv/shop/daemons.yaml', 'another list'],
    ],
    load: () => import('./commands/start.ts'),
  },
  stop: {
    summary: 'stop NAMEs at their boundary; without NAME stop all and end the supervisor',
    operands: '[NAME…]',
    least: 0,
    most: ALL,
    options: [
      ...COMMON,
      { name: 'now', doc: 'cut: SIGKILL at once' },
      { name: 'within', value: 'TIME', doc: 'cut, and name, whatever is still running 3s before TIME (90s, 5m) is up' },
      NO_WAIT,
      JSON_OUT,
    ],
    examples: [
      ['supervise stop', 'drains all and ends the supervisor'],
      ['supervise stop photos:2 @media', 'one instance and all daemons tagged media'],
      [
        'supervise stop --within 90s',
        'before a reboot with a deadline: cuts what would be killed anyway, and says which',
      ],
      ['supervise stop photos --now', 'does not wait for its iteration: it is cut'],
    ],
    load: () => import('./commands/stop.ts'),
  },
  restart: {
    summary: 'stop NAMEs (or all) at their boundary and start them again',
    operands: '[NAME…]',
    least: 0,
    most: ALL,
    options: [
      ...COMMON,
      { name: 'one-by-one', doc: 'each instance of a daemon once the one before it is up' },
      { name: 'all-at-once', doc: 'none goes first: if the new code is broken, all are down' },
      NO_WAIT,
      JSON_OUT,
    ],
    examples: [
      ['supervise restart', 'all daemons, after a deploy: one instance of each first, then the rest'],
      ['supervise restart "pho*"', 'those whose names begin with pho'],
    ],
    load: () => import('./commands/restart.ts'),
  },
  reload: {
    summary: 'apply the list on disk to the running supervisor: only what has changed is touched',
    operands: '',
    least: 0,
    most: 0,
    options: [
      ...COMMON,
      {
        name: 'dry-run',
        doc: 'only say what would be done: what is added, removed, changed, and which processes are replaced',
      },
      NO_WAIT,
      JSON_OUT,
    ],
    examples: [
      ['supervise reload --dry-run', 'shows the plan and does nothing'],
      ['supervise reload', 'shows the plan and carries it out; a list with an error changes nothing'],
    ],
    load: () => import('./commands/reload.ts'),
  },
  status: {
    summary: 'what each instance is doing now, and until when',
    operands: '[NAME…]',
    least: 0,
    most: ALL,
    options: [
      ...COMMON,
      { name: 'watch', doc: 'refresh every second until q or Ctrl-C; if not all fit, those in trouble come first' },
      { name: 'check', doc: 'exit 1 if anything failed, loops or is stuck' },
      JSON_OUT,
    ],
    examples: [
      ['supervise status', 'all instances; in a folder without a list: all supervisors'],
      ['supervise status photos', 'photos with its last runs'],
      ['supervise status --check --json', 'for monitoring: exit 0 or 1, and the facts'],
    ],
    load: () => import('./commands/status.ts'),
  },
  logs: {
    summary: 'what the daemons printed',
    operands: '[NAME…]',
    least: 0,
    most: ALL,
    options: [
      { name: 'follow', short: 'f', doc: 'go on with each new line, until Ctrl-C' },
      { name: 'lines', short: 'n', value: 'N', doc: 'the newest N lines, or all; default 100' },
      { name: 'since', value: 'TIME', doc: 'only lines since then: 10m, or 2026-01-31T12:00:00Z' },
      { name: 'stream', value: 'out|err', doc: 'only stdout or only stderr' },
      { name: 'grep', value: 'REGEX', doc: 'only lines that match' },
      { name: 'events', doc: 'what the supervisor did, instead of log lines' },
      LONG_FILE,
      STATE_DIR,
      HELP,
      { name: 'json', doc: 'one JSON object per line' },
    ],
    examples: [
      ['supervise logs -f photos', 'the last lines of photos and each new one'],
      ['supervise logs --since 10m --stream err', 'stderr of all daemons, the last ten minutes'],
      ['supervise logs -n all --grep timeout | less', 'all kept lines that match'],
      ['supervise logs --events', 'starts, ends, drains and cuts'],
    ],
    load: () => import('./commands/logs.ts'),
  },
  tui: {
    summary: 'the terminal UI of the running supervisor: look, start, stop, restart, logs',
    operands: '',
    least: 0,
    most: 0,
    options: [...COMMON, { name: 'no-mouse', doc: 'leave the mouse to the terminal, to select and copy text' }],
    examples: [['supervise tui', '? shows its keys; q leaves, and the daemons keep running']],
    load: () => import('./commands/tui.ts'),
  },
  why: {
    summary: 'why NAMEs are in the state they are in, and what to do',
    operands: 'NAME…',
    least: 1,
    most: ALL,
    options: [...COMMON, JSON_OUT],
    examples: [['supervise why imports', 'what it waits for, since when, and the next step']],
    load: () => import('./commands/why.ts'),
  },
  check: {
    summary: 'read the list and say what is wrong with it; starts nothing',
    operands: '',
    least: 0,
    most: 0,
    options: [
      ...COMMON,
      { name: 'explain', doc: 'what each daemon will get and why, what runs it, and how long a stop may take' },
      JSON_OUT,
    ],
    examples: [
      ['supervise check', 'exit 0 if the list can be started, otherwise 2 and each problem with its place'],
      ['supervise check --explain', 'each value with the line, preset or default it comes from; which node, which php'],
    ],
    load: () => import('./commands/check.ts'),
  },
  init: {
    summary: 'write a first list from what is in its folder: scripts, Procfile, supervisord.conf, pm2, frameworks',
    operands: '',
    least: 0,
    most: 0,
    options: [{ ...FILE, doc: 'the list to write; default: daemons.yaml here. Never overwrites a file' }, HELP],
    examples: [
      ['supervise init', 'says what it took from where, and what needs a look'],
      ['supervise init -f /etc/supervisor/daemons.yaml', 'from supervisord.conf and conf.d in that folder'],
    ],
    load: () => import('./commands/init.ts'),
  },
  signal: {
    summary: 'send a signal to the main process of NAMEs',
    operands: 'SIGNAL NAME…',
    least: 2,
    most: ALL,
    options: [...COMMON, JSON_OUT],
    examples: [['supervise signal USR1 photos', 'SIGUSR1 to each instance of photos']],
    load: () => import('./commands/signal.ts'),
  },
  upgrade: {
    summary: 'replace the running supervisor by the version on disk; no daemon notices',
    operands: '',
    least: 0,
    most: 0,
    options: [...COMMON, JSON_OUT],
    examples: [['supervise upgrade', 'after npm i -g: the new version carries on with what the old one started']],
    load: () => import('./commands/upgrade.ts'),
  },
  systemd: {
    summary: 'the systemd unit that runs the list, after a crash and at each boot: install, uninstall, or print it',
    operands: 'install|uninstall|unit',
    least: 1,
    most: 1,
    options: [
      ...COMMON,
      {
        name: 'user',
        doc: 'a unit of your own systemd, which ends when you log out; root without it: a system unit',
      },
      { name: 'node', value: 'NODE', doc: 'the node that the unit uses; default: the one that runs this command' },
      { name: 'dry-run', doc: 'install: only show what would be written, compared with what is there' },
    ],
    examples: [
      ['supervise systemd install', 'for this list, this node, and the owner of the list: written, enabled, started'],
      ['supervise systemd install --dry-run', 'the unit, or how it differs from the installed one'],
      ['supervise systemd uninstall', 'drains the list and removes the unit; state and logs stay'],
      ['supervise systemd unit', 'prints the unit and says what to do with it'],
    ],
    load: () => import('./commands/systemd.ts'),
  },
  demo: {
    summary: 'see it: six workers with jobs of 8 s, two deploys, no database, a kill -9, a stop; takes 90 s',
    operands: '',
    least: 0,
    most: 0,
    options: [
      { name: 'with', value: 'pm2|supervisord|systemd', doc: 'the same under that tool, if it is installed here' },
      { name: 'tuned', doc: 'with the best settings this tool has for such workers, not its defaults' },
      { name: 'show', doc: 'print the list it runs, and run nothing; with --with: what that tool reads and is told' },
      { name: 'keep', doc: 'keep its folder (list, ledger of the jobs, logs) and say where it is' },
      HELP,
    ],
    examples: [
      ['supervise demo', 'in a folder of its own that is removed afterwards; exit 0 if all was as promised'],
      ['supervise demo --keep', 'to count for yourself in its ledger'],
      ['supervise demo --with supervisord', 'the same workers, deeds and tally; exit 0 whatever was counted'],
    ],
    load: () => import('./commands/demo.ts'),
  },
  completion: {
    summary: 'print the completion script of a shell: commands, options, names of daemons',
    operands: 'bash|zsh|fish',
    least: 1,
    // `completion words -- WORD…` is what the scripts ask on each Tab.
    most: ALL,
    options: [HELP],
    examples: [
      [
        'supervise completion bash > /etc/bash_completion.d/supervise',
        'for all users; for one shell: source <(supervise completion bash)',
      ],
      ['supervise completion zsh > /usr/local/share/zsh/site-functions/_supervise', 'any folder of $fpath'],
      ['supervise completion fish > ~/.config/fish/completions/supervise.fish', 'for you'],
    ],
    load: () => import('./commands/completion.ts'),
  },
  version: {
    summary: 'the version of this program and of the running supervisor',
    operands: '',
    least: 0,
    most: 0,
    options: [...COMMON, JSON_OUT],
    examples: [['supervise version', 'also says if the two differ']],
    load: () => import('./commands/version.ts'),
  },
  help: {
    summary: 'all commands, or one in full',
    operands: '[COMMAND]',
    least: 0,
    most: 1,
    options: [HELP],
    examples: [['supervise help stop', 'options and examples of stop']],
    load: () => import('./commands/help.ts'),
  },
} as const satisfies Record<string, CommandRow>;

export type CommandName = keyof typeof COMMANDS;
export type OptionName = (typeof COMMANDS)[CommandName]['options'][number]['name'];
