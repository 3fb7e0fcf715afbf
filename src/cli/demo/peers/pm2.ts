import path from 'node:path';
import { WORKERS } from '../list.ts';
import { patienceS, type Argv, type Peer, type Setting } from './peer.ts';

const FILE = 'ecosystem.config.cjs';

export const pm2: Peer = {
  name: 'pm2',
  programs: ['pm2'],
  install: 'npm install -g pm2',
  version: ['pm2', '--version'],
  files: (setting) => [{ path: path.join(setting.folder, FILE), text: text(setting) }],
  // A home of its own: a pm2 already running here knows nothing of it.
  env: ({ folder }) => ({ PM2_HOME: path.join(folder, 'pm2'), PM2_DISCRETE_MODE: 'true' }),
  commands() {
    const start: Argv = ['pm2', 'start', FILE];
    const restart: Argv = ['pm2', 'restart', FILE];
    return {
      // Saved, as its documentation says, so that it can be resurrected.
      start: [start, ['pm2', 'save']],
      restart: [restart],
      startAgain: [restart],
      // What the unit written by `pm2 startup` runs.
      revive: [['pm2', 'resurrect']],
      stop: [['pm2', 'kill']],
      end: [['pm2', 'kill']],
    };
  },
  pidFile: ({ folder }) => path.join(folder, 'pm2/pm2.pid'),
  unkillable: null,
};

/** tuned: the signal goes to the worker alone and not to its helper, patience for a job, and a growing delay instead of giving up. */
const text = (setting: Setting): string => `module.exports = {
  apps: [
    {
      name: 'photos',
      script: './current/worker.mjs',
      instances: ${WORKERS},
      exec_mode: 'fork',
      env: { JOB_MS: '${setting.jobMs}' },${
        setting.isTuned
          ? `
      kill_timeout: ${patienceS(setting) * 1000},
      treekill: false,
      exp_backoff_restart_delay: 100,
      max_restarts: 1000000,`
          : ''
      }
    },
  ],
};
`;
