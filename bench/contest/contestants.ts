/** The programs that run the same daemons side by side: how each is configured and started, and where its logs are. */
import { existsSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface BenchDaemon {
  readonly name: string;
  readonly argv: readonly string[];
}

/** One run of a contestant: what it runs, in a folder of its own. */
export interface Task {
  readonly folder: string;
  /** The private copies of node and of the built `supervise`. */
  readonly node: string;
  readonly program: string;
  readonly daemons: readonly BenchDaemon[];
  readonly respawn: boolean;
  readonly autostart: boolean;
  /** Log files of 10 MiB kept beside the current one. */
  readonly keepFiles: number;
}

export interface Contestant {
  readonly name: string;
  /** Writes what it needs into the folder; returns the command that becomes it, and ends at SIGTERM once all daemons have ended. */
  prepare(task: Task): readonly string[];
  /** If the command only starts it and ends: the file with the pid of what then ends at SIGTERM. */
  readonly pidFile?: (folder: string) => string;
  /** The log files of a daemon, oldest first. */
  logFiles(folder: string, daemon: string): readonly string[];
}

const MAX_LOG_MIB = 10;

export const bareNode: Contestant = {
  name: 'bare node',
  prepare({ folder, node, daemons, respawn, keepFiles }) {
    const logs = path.join(folder, 'logs');
    mkdirSync(logs);
    const list = path.join(folder, 'list.json');
    const sizes = { maxBytes: MAX_LOG_MIB * 1024 * 1024, maxFiles: keepFiles };
    writeFileSync(list, JSON.stringify({ logs, respawn, daemons, ...sizes }));
    return [node, fileURLToPath(new URL('./bare.mjs', import.meta.url)), list];
  },
  logFiles: (folder, daemon) => numbered(path.join(folder, 'logs'), daemon, 'highest is youngest'),
};

export const supervise: Contestant = {
  name: 'supervise',
  prepare({ folder, node, program, daemons, respawn, autostart, keepFiles }) {
    const list = {
      name: 'bench',
      supervisor: { start_rate: 'unlimited' },
      defaults: {
        autostart,
        // A run counts as healthy after one second, not ten, so that a crash after a healthy run needs no long wait.
        restart: { policy: respawn ? 'always' : 'never', reset_after: '1s' },
        log: { max_size: `${MAX_LOG_MIB}MiB`, max_files: keepFiles },
      },
      daemons: daemons.map(({ name, argv }) => ({ name, command: argv })),
    };
    writeFileSync(path.join(folder, 'daemons.yaml'), JSON.stringify(list)); // JSON is YAML
    return [node, program, 'start', ...superviseTarget(folder)];
  },
  logFiles: (folder, daemon) => numbered(path.join(folder, 'state/logs'), daemon, 'highest is oldest'),
};

/** The options that lead a command of `supervise` to the supervisor of this folder. */
export function superviseTarget(folder: string): readonly string[] {
  return ['--file', path.join(folder, 'daemons.yaml'), '--state-dir', path.join(folder, 'state')];
}

export const supervisord: Contestant = {
  name: 'supervisord',
  prepare({ folder, daemons, respawn, autostart, keepFiles }) {
    const logs = path.join(folder, 'logs');
    mkdirSync(logs);
    const file = path.join(folder, 'supervisord.conf');
    const programs = daemons.flatMap(({ name, argv }) => [
      ...[`[program:${name}]`, `command=${argv.join(' ')}`, `autorestart=${respawn}`, `autostart=${autostart}`],
      ...['startsecs=0', 'redirect_stderr=true', `stdout_logfile=${logs}/${name}.log`],
      ...[`stdout_logfile_maxbytes=${MAX_LOG_MIB}MB`, `stdout_logfile_backups=${keepFiles}`],
    ]);
    const own = [`logfile=${folder}/own.log`, `pidfile=${folder}/pid`, `childlogdir=${logs}`];
    writeFileSync(file, ['[supervisord]', 'nodaemon=true', ...own, ...programs, ''].join('\n'));
    return ['supervisord', '-c', file];
  },
  logFiles: (folder, daemon) => numbered(path.join(folder, 'logs'), daemon, 'highest is oldest'),
};

/** pm2 does not rotate its files without a module, and does not run on our node unless told to. */
export const pm2: Contestant = {
  name: 'pm2',
  prepare({ folder, node, daemons, respawn, autostart }) {
    const logs = path.join(folder, 'logs');
    mkdirSync(logs);
    const apps = daemons.map(({ name, argv: [script, ...args] }) => {
      const log = `${logs}/${name}.log`;
      const own = { name, script, args, autostart, autorestart: respawn };
      return { ...own, interpreter: 'none', exec_mode: 'fork', merge_logs: true, out_file: log, error_file: log };
    });
    const file = path.join(folder, 'ecosystem.json');
    writeFileSync(file, JSON.stringify({ apps }));
    const home = `PM2_HOME=${folder}/pm2`;
    return ['env', home, 'PM2_DISCRETE_MODE=true', node, realpathSync(inPath('pm2') ?? ''), 'start', file];
  },
  pidFile: (folder) => path.join(folder, 'pm2/pm2.pid'),
  logFiles: (folder, daemon) => [path.join(folder, `logs/${daemon}.log`)],
};

/** The other programs installed here; for the rest, a note that they are missing. */
export function peersHere(): readonly Contestant[] {
  return [
    { peer: supervisord, install: 'apt-get install supervisor' },
    { peer: pm2, install: 'npm install -g pm2' },
  ].flatMap(({ peer, install }) => {
    if (inPath(peer.name) !== undefined) return [peer];
    console.log(`SKIPPED: ${peer.name} is not in PATH (${install}), so nothing is compared with it`);
    return [];
  });
}

const inPath = (program: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, program))
    .find((file) => existsSync(file));

/** NAME.log and the older NAME.log.N, oldest first. */
function numbered(folder: string, daemon: string, order: 'highest is youngest' | 'highest is oldest'): string[] {
  const live = `${daemon}.log`;
  const older = readdirSync(folder)
    .filter((file) => file.startsWith(`${live}.`))
    .map((file) => Number(file.slice(live.length + 1)))
    .toSorted((a, b) => (order === 'highest is oldest' ? b - a : a - b));
  return [...older.map((number) => `${live}.${number}`), live].map((file) => path.join(folder, file));
}
