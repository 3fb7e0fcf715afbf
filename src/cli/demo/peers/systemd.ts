import path from 'node:path';
import { commandLine, quoted, specifierless } from '../../../systemd/unit.ts';
import { WORKERS } from '../list.ts';
import { patienceS, type Argv, type Peer, type Setting } from './peer.ts';

const ctl = (...words: readonly string[]): Argv => ['systemctl', ...words];

export const systemd: Peer = {
  name: 'systemd',
  programs: ['systemctl'],
  install: 'it has to be what this machine was booted with',
  version: ['systemctl', '--version'],
  files: (setting) => [{ path: unitFile(setting), text: text(setting) }],
  env: () => ({}),
  commands(setting) {
    const units = Array.from({ length: WORKERS }, (_, index) => `${prefixOf(setting)}@${index + 1}.service`);
    const all = `${prefixOf(setting)}@*.service`;
    const forget = ctl('reset-failed', all);
    const start = ctl('start', ...units);
    return {
      start: [ctl('daemon-reload'), start],
      restart: [forget, ctl('restart', ...units)],
      startAgain: [forget, start],
      revive: [],
      stop: [ctl('stop', ...units)],
      end: [
        ctl('kill', '--signal=KILL', all),
        ctl('stop', ...units, sliceOf(setting)),
        ['rm', '-f', unitFile(setting)],
        ctl('daemon-reload'),
        forget,
      ],
    };
  },
  pidFile: () => null,
  unkillable: 'not done: systemd is pid 1, which nobody can kill',
};

/** A name that only its units have. */
const prefixOf = ({ folder }: Setting): string => path.basename(folder);

/** systemd makes one for the instances of a template, and keeps it after they end. */
const sliceOf = (setting: Setting): string => `system-${prefixOf(setting).replaceAll('-', String.raw`\x2d`)}.slice`;

/** Gone at a reboot, whatever happens to us. */
const unitFile = (setting: Setting): string => path.join('/run/systemd/system', `${prefixOf(setting)}@.service`);

/** tuned: the signal to the worker alone, patience for a job, never given up, and not started before the database is up. */
function text(setting: Setting): string {
  const { folder, node, jobMs, marks, isTuned } = setting;
  const environment = Object.entries({ JOB_MS: String(jobMs), ...marks }).map(
    ([name, value]) => `Environment=${quoted(`${name}=${value}`)}`,
  );
  return `[Unit]
Description=photos %i
${isTuned ? 'StartLimitIntervalSec=0\n' : ''}
[Service]
WorkingDirectory=${specifierless(folder)}
${environment.join('\n')}
ExecStart=${commandLine([node, 'current/worker.mjs'])}
${
  isTuned
    ? `ExecStartPre=/bin/sh -c 'until [ -e database ]; do sleep 0.5; done'
TimeoutStartSec=infinity
TimeoutStopSec=${patienceS(setting)}
KillMode=mixed
Restart=always
RestartSec=1
`
    : `Restart=on-failure
`
}`;
}
