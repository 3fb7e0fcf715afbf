/** The unit of a list. Each setting was tried under a real systemd (docs/systemd.md) and is explained by a comment above it. */
import { cleanText } from '../base/clean.ts';

export interface UnitFacts {
  /** Of the list. */
  readonly id: string;
  readonly list: string;
  /** node, our program, and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** The same, for a reload of the list. */
  readonly reload: readonly [string, ...string[]];
  /** Which systemd: the machine's, or a user's, which lives as long as the user is logged in. */
  readonly of: 'machine' | 'user';
  /** The user it runs as; null: that of systemd, which is root or the user. */
  readonly user: string | null;
  /** Does systemd make the state folder (`/var/lib/supervise/ID`)? Otherwise it exists, or we make it. */
  readonly makesState: boolean;
  /** Do we report in our own name (koffi, or as root)? Otherwise a helper does, which must be trusted. */
  readonly ownName: boolean;
}

/** Marks each of our units: without it we leave a unit alone. */
export const WRITTEN_BY_US = 'Written by `supervise systemd`';

/** The first line of its unit. */
export const unitOfList = (list: string): string => `# The daemons of ${cleanText(list)}`;

export const unitName = (id: string): string => `supervise-${id}.service`;

/** The file, with a final newline. A comment goes above its setting: after a value it would be part of it. */
export function unitText(facts: UnitFacts): string {
  const { id, list, command, reload, of, user, ownName } = facts;
  const isMachine = of === 'machine';
  const lines = [
    unitOfList(list),
    `# ${WRITTEN_BY_US}; what each setting is for stands in docs/systemd.md.`,
    `# Add to it with \`systemctl ${isMachine ? '' : '--user '}edit ${unitName(id)}\`: this file can then be written anew.`,
    '',
    '[Unit]',
    `Description=supervise: ${specifierless(id)}`,
    ...(isMachine
      ? [
          '# What is named here is stopped after us: daemons drain while it is still there. Add mysql.service, redis.service, ...',
          'After=network.target',
        ]
      : []),
    '# However often the supervisor dies, another one is started, and adopts what lives.',
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    '# Started when list, lock and socket are there; how many daemons are ready stands in `systemctl status`.',
    'Type=notify',
    ownName
      ? 'NotifyAccess=main'
      : '# Without the package koffi the command systemd-notify speaks for the supervisor.\nNotifyAccess=all',
    ...(user === null ? [] : ['# The owner of the list.', `User=${specifierless(user)}`]),
    '# How its lines in the journal are headed; without it by the name of the program, which is node.',
    'SyslogIdentifier=supervise',
    `ExecStart=${commandLine(command)}`,
    '# Waits until what the list says now is done; a list with an error changes nothing, and fails. A restart drains every daemon.',
    `ExecReload=${commandLine(reload)}`,
    '# Stop the supervisor alone: it drains the daemons. Any other mode has systemd kill them when the supervisor dies.',
    'KillMode=process',
    '# How long a silent supervisor is believed. While a drain goes on it asks for more each 5 s, as long as that takes.',
    'TimeoutStopSec=30s',
    '# A supervisor whose engine hangs is ended (only itself); the next one adopts its daemons.',
    'WatchdogSec=30s',
    'Restart=on-failure',
    'RestartSec=200ms',
    '# Not again after: a stop that cut something, or daemons that live elsewhere (1), a wrong list (2), another supervisor (4).',
    'RestartPreventExitStatus=1 2 4',
    '# `supervise upgrade` where it cannot become the new program in place.',
    'RestartForceExitStatus=85',
    '# The kernel killed one daemon for its memory: its own restart policy decides, and the others go on.',
    'OOMPolicy=continue',
    ...(isMachine ? ['# The supervisor is spared; each daemon is set back to 0.', 'OOMScoreAdjust=-500'] : []),
    ...stateLines(facts),
    ...HARDENING,
    '',
    '[Install]',
    `WantedBy=${isMachine ? 'multi-user.target' : 'default.target'}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Offered, not set: systemd confines the daemons along with the supervisor. All tried together, as a user other than root. */
const HARDENING: readonly string[] = [
  '',
  '# Hardening. Each line holds for the daemons too, so none is set. Add what they can live with (systemctl edit):',
  '# sudo and setuid programs (sendmail, ping) fail:',
  '#NoNewPrivileges=yes',
  '# all but /dev, /proc, /sys and the folder of the state is read-only: name each folder that they write to in ReadWritePaths=',
  '#ProtectSystem=strict',
  '# nobody writes below /home, /root and /run/user:',
  '#ProtectHome=read-only',
  '# no devices but /dev/null and its kin: no graphics card, no disk:',
  '#PrivateDevices=yes',
  '# no sysctl, no kernel modules, no kernel log, no clock, no control groups of their own (containers):',
  '#ProtectKernelTunables=yes',
  '#ProtectKernelModules=yes',
  '#ProtectKernelLogs=yes',
  '#ProtectClock=yes',
  '#ProtectControlGroups=yes',
  '# no sandboxes (Chromium, bubblewrap), no setuid files, no real-time scheduling:',
  '#RestrictNamespaces=yes',
  '#RestrictSUIDSGID=yes',
  '#RestrictRealtime=yes',
  '#LockPersonality=yes',
  '# no netlink and no raw sockets (ip, tcpdump):',
  '#RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6',
  '# node needs @pkey beside what services usually need:',
  '#SystemCallFilter=@system-service @pkey',
  '# Not MemoryDenyWriteExecute= (node does not start), not PrivateTmp= (after a crash two generations would see two /tmp).',
];

function stateLines({ id, of, makesState }: UnitFacts): readonly string[] {
  if (makesState)
    return [
      '# Lock, socket, state and logs. systemd makes it for the user, and never deletes it.',
      `StateDirectory=supervise/${specifierless(id)}`,
      'StateDirectoryMode=0700',
    ];
  return of === 'user'
    ? ['# Lock, socket, state and logs are in the folder that --state-dir names; supervise makes it.']
    : ['# Lock, socket, state and logs are in the folder that --state-dir names; it must be writable for the user.'];
}

/**
 * A command as ExecStart= reads it. With a leading colon systemd leaves every `$` alone, even in the program's path, where it could not be
 * escaped.
 */
export function commandLine(argv: readonly [string, ...string[]]): string {
  const words = argv.map(quoted).join(' ');
  return argv.some((word) => word.includes('$')) ? `:${words}` : words;
}

/** Quotes where necessary; `%` begins a specifier, and a lone `;` would begin another command. */
export function quoted(word: string): string {
  const plain = specifierless(word);
  if (/^[\w./:@%+,=-]+$/.test(plain)) return plain;
  return `"${plain
    .replaceAll(/[\\"]/g, String.raw`\$&`)
    .replaceAll(CONTROL, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`;
}

/** Some of them end a line. */
const CONTROL = /[\x00-\x1f\x7f]/g;

export const specifierless = (text: string): string => text.replaceAll('%', '%%');
