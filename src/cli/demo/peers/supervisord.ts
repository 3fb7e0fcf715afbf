import path from 'node:path';
import { WORKERS } from '../list.ts';
import { patienceS, type Argv, type Peer, type Setting } from './peer.ts';

const FILE = 'supervisord.conf';
const ctl = (...words: readonly string[]): Argv => ['supervisorctl', '-c', FILE, ...words];

export const supervisord: Peer = {
  name: 'supervisord',
  programs: ['supervisord', 'supervisorctl'],
  install: 'apt-get install supervisor',
  version: ['supervisord', '--version'],
  files: (setting) => [{ path: path.join(setting.folder, FILE), text: text(setting) }],
  env: () => ({}),
  commands() {
    const start: Argv = ['supervisord', '-c', FILE];
    return {
      start: [start],
      restart: [ctl('restart', 'photos:*')],
      startAgain: [ctl('start', 'photos:*')],
      // As its unit does (Restart=on-failure).
      revive: [start],
      stop: [ctl('stop', 'all'), ctl('shutdown')],
      end: [ctl('shutdown')],
    };
  },
  pidFile: ({ folder }) => path.join(folder, 'supervisord.pid'),
  unkillable: null,
};

/** tuned: patience for a job, and practically no giving up. */
const text = (setting: Setting): string => `[supervisord]
logfile=%(here)s/supervisord.log
pidfile=%(here)s/supervisord.pid
childlogdir=%(here)s

[unix_http_server]
file=%(here)s/supervisor.sock

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://%(here)s/supervisor.sock

[program:photos]
command=node current/worker.mjs
directory=%(here)s
numprocs=${WORKERS}
process_name=%(program_name)s_%(process_num)02d
environment=JOB_MS="${setting.jobMs}"
${
  setting.isTuned
    ? `autorestart=true
startretries=1000000
stopwaitsecs=${patienceS(setting)}
killasgroup=true
`
    : ''
}`;
