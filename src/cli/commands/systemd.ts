/** `supervise systemd unit`: prints the unit of a list on stdout, and on stderr what to do with it and what to mind. */
import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { cleanText } from '../../base/clean.ts';
import { EXIT, type ExitCode } from '../../base/exit-codes.ts';
import { absoluteAsTyped, stateFolder } from '../../config/identity.ts';
import { loadList } from '../../config/load.ts';
import { drawProblems } from '../../config/problem.ts';
import { openDatagramSocket } from '../../native/index.ts';
import { unreadable } from '../../systemd/reach.ts';
import { unitName, unitText, type UnitFacts } from '../../systemd/unit.ts';
import type { Invocation } from '../args.ts';
import { tellUsage } from '../failure.ts';
import { ownerOf, type User } from '../owner.ts';
import { shellQuoted } from '../print/shell-quoted.ts';
import type { Terminal } from '../print/terminal.ts';
import { explicitFolder, listFile, SYSTEM_FOLDER } from '../target.ts';

export async function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const [action = ''] = call.operands;
  if (LATER.has(action))
    return tellUsage(`'systemd ${action}' is not supported yet; a later version will have it`, terminal);
  if (action !== 'unit') return tellUsage(`systemd knows 'unit', not '${action}'`, terminal);
  const file = listFile(call) ?? absoluteAsTyped('daemons.yaml');
  const list = loadList(file, process.env);
  if (!list.ok) {
    terminal.tell(drawProblems(list.error.problems, list.error.text, terminal.colours));
    return EXIT.usage;
  }
  const isRoot = process.getuid?.() === 0;
  const owner = isRoot ? ownerOf(file) : null;
  const user = owner === null || owner.uid === 0 ? null : owner;
  const facts = await factsOf({ id: list.value.id, file, user, isRoot, explicit: explicitFolder(call) });
  terminal.say(unitText(facts).trimEnd());
  for (const warning of await warnings(facts, user)) terminal.tell(`supervise: ${warning}`, 'warning');
  for (const line of nextSteps(facts)) terminal.tell(line, 'info');
  return EXIT.done;
}

const LATER: ReadonlySet<string> = new Set(['install', 'uninstall']);

interface Asked {
  readonly id: string;
  readonly file: string;
  readonly user: User | null;
  readonly isRoot: boolean;
  readonly explicit: string | undefined;
}

async function factsOf({ id, file, user, isRoot, explicit }: Asked): Promise<UnitFacts> {
  const state = explicit ?? (isRoot && user === null ? null : folderOf(id, isRoot));
  const at = ['-f', file, ...(state === null ? [] : ['--state-dir', state])];
  const commandOf = (name: string): readonly [string, ...string[]] => [process.execPath, program(), name, ...at];
  return {
    id,
    list: file,
    command: commandOf('start'),
    reload: commandOf('reload'),
    of: isRoot ? 'machine' : 'user',
    user: user?.name ?? null,
    makesState: isRoot && explicit === undefined,
    ownName: (isRoot && user === null) || (await hasKoffi()),
  };
}

/** Named, for it follows from who runs and from XDG_STATE_HOME, which systemd does not know; root's supervisor finds its own. */
const folderOf = (id: string, isRoot: boolean): string =>
  isRoot ? path.join(SYSTEM_FOLDER, id) : stateFolder({ id, uid: process.getuid?.() ?? 0, env: process.env });

/** Links resolved: what is installed may be moved by whoever moves the link, and no unit should depend on that. */
const program = (): string => realpathSync(process.argv[1] ?? '');

async function hasKoffi(): Promise<boolean> {
  const socket = await openDatagramSocket();
  socket?.close();
  return socket !== null;
}

async function warnings({ command, list, user: name }: UnitFacts, user: User | null): Promise<readonly string[]> {
  const [node, main = ''] = command;
  const homes = ['/home', '/root', homedir(), ...(user?.home == null || user.home === '/' ? [] : [user.home])];
  const isAtHome = (file: string): boolean => homes.some((home) => file.startsWith(`${home}/`));
  const closed = name === null ? [] : await unreadable(name, [list, node, main]);
  return [
    ...(isAtHome(node)
      ? [
          `${node} lies below a home: it goes with a version manager or its user. Better is a node for all, such as /usr/bin/node`,
        ]
      : []),
    ...closed.map(
      (file) => `${name ?? ''} may not read ${cleanText(file)}: mend the permissions of it and of the folders above it`,
    ),
    ...elsewhere(list, user),
  ];
}

/** Under systemd hardly anything of a shell's environment is there: would the list be accepted without it? */
function elsewhere(list: string, user: User | null): readonly string[] {
  const home = user?.home ?? homedir();
  const bare = { PATH: PLAIN_PATH, HOME: home, ...(user === null ? {} : { USER: user.name, LOGNAME: user.name }) };
  const there = loadList(list, bare);
  if (there.ok) return [];
  const mend = 'Set what is missing with Environment= or EnvironmentFile= (systemctl edit). PATH there is';
  return [
    `with the environment that systemd gives, the list would be refused. ${mend} ${PLAIN_PATH}\n${drawProblems(there.error.problems, there.error.text, false)}`,
  ];
}

const PLAIN_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function nextSteps({ id, command, of, makesState, list }: UnitFacts): readonly string[] {
  const name = unitName(id);
  const [folder, systemctl] =
    of === 'machine' ? ['/etc/systemd/system', 'systemctl'] : ['~/.config/systemd/user', 'systemctl --user'];
  const state = makesState || of === 'user' ? [] : command.slice(-2);
  const again = [...command.slice(0, 2), 'systemd', 'unit', '-f', list, ...state];
  return [
    '',
    'Write it, have systemd read it, start it now and at each boot:',
    ...(of === 'user' ? [`  mkdir -p ${folder}`] : []),
    `  ${again.map(shellQuoted).join(' ')} > ${folder}/${shellQuoted(name)}`,
    `  ${systemctl} daemon-reload`,
    `  ${systemctl} enable --now ${shellQuoted(name)}`,
    ...(of === 'user'
      ? [
          'It is a unit of yours: it runs while you are logged in, and beyond that after `loginctl enable-linger`.',
          'For a unit of the machine, which runs as the owner of the list, ask as root.',
        ]
      : []),
  ];
}
