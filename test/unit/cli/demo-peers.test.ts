import { describe, expect, test } from 'vitest';
import { endLine, peerOf, PEER_NAMES, shown } from '../../../src/cli/demo/peers/find.ts';
import type { Peer, Setting } from '../../../src/cli/demo/peers/peer.ts';

const SETTING: Setting = {
  folder: '/tmp/supervise-demo-x',
  jobMs: 8000,
  isTuned: false,
  marks: { MARK: '50% of it' },
  node: '/opt/my node',
};
const TUNED: Setting = { ...SETTING, isTuned: true };

function peer(name: string): Peer {
  const found = peerOf(name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

const text = (name: string, setting: Setting): string =>
  peer(name)
    .files(setting)
    .map((file) => file.text)
    .join('');

/** The lines that are new with --tuned. */
const tunedLines = (name: string): readonly string[] => {
  const plain = new Set(text(name, SETTING).split('\n'));
  return text(name, TUNED)
    .split('\n')
    .filter((line) => !plain.has(line))
    .map((line) => line.trim());
};

describe('what another program reads in the demo', () => {
  test.for<[string, readonly string[]]>([
    ['pm2', ['kill_timeout: 17000,', 'treekill: false,', 'exp_backoff_restart_delay: 100,', 'max_restarts: 1000000,']],
    ['supervisord', ['autorestart=true', 'startretries=1000000', 'stopwaitsecs=17', 'killasgroup=true']],
    [
      'systemd',
      [
        'StartLimitIntervalSec=0',
        `ExecStartPre=/bin/sh -c 'until [ -e database ]; do sleep 0.5; done'`,
        'TimeoutStartSec=infinity',
        'TimeoutStopSec=17',
        'KillMode=mixed',
        'Restart=always',
        'RestartSec=1',
      ],
    ],
  ])('%s: --tuned adds these settings, and the defaults have none of them', ([name, lines]) => {
    expect(tunedLines(name)).toEqual(lines);
  });

  test('a unit names what has blanks and percent signs so that systemd reads it as it is', () => {
    expect(text('systemd', SETTING)).toMatch(/^Environment="MARK=50%% of it"$/m);
    expect(text('systemd', SETTING)).toMatch(/^ExecStart="\/opt\/my node" current\/worker\.mjs$/m);
  });

  test('its units lie where they are gone after a reboot, and have the name of the folder of the demo', () => {
    expect(peer('systemd').files(SETTING)).toMatchObject([{ path: '/run/systemd/system/supervise-demo-x@.service' }]);
    const { start, restart, stop, end } = peer('systemd').commands(SETTING);
    const asked = [start, restart, stop, end].flat(2).filter((word) => word.includes('@'));
    expect(asked.filter((word) => !/^(?:\/run\/systemd\/system\/)?supervise-demo-x@/.test(word))).toEqual([]);
  });

  test('pm2 has a home of its own', () => {
    expect(peer('pm2').env(SETTING)).toMatchObject({ PM2_HOME: '/tmp/supervise-demo-x/pm2' });
  });

  test.for(PEER_NAMES)('%s: --show has all of its files, and the command of each deed', (name) => {
    const { stop, restart } = peer(name).commands(SETTING);
    const out = shown(peer(name), SETTING);
    expect(out).toContain(text(name, SETTING));
    for (const argv of [...stop, ...restart]) expect(out).toContain(argv.slice(0, 2).join(' '));
  });

  test('what a demo has left that was killed is ended by a line for a shell', () => {
    expect(endLine(peer('pm2'), { ...SETTING, folder: '/tmp/a b' })).toBe(
      `cd '/tmp/a b'; PM2_HOME='/tmp/a b/pm2' PM2_DISCRETE_MODE=true pm2 kill`,
    );
  });
});
