/** What to watch out for with a unit: where its systemd lacks what this shell has. */
import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import { cleanText } from '../../base/clean.ts';
import { listed } from '../../base/listed.ts';
import { loadList, variablesOf } from '../../config/load.ts';
import { drawRefused } from '../../config/problem.ts';
import { unreadable } from '../../systemd/reach.ts';
import { ownerOf, type User } from '../owner.ts';
import { shellQuoted } from '../print/shell-quoted.ts';
import { isBelowHome, type ListUnit } from './list-unit.ts';

const PLAIN_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** What systemd itself gives a service. */
const GIVEN = new Set(['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG']);

/** Whole sentences; none if everything is as it should be. */
export async function remarksOn({ facts, user, isNodeNamed }: ListUnit): Promise<readonly string[]> {
  const { command, list, user: name, of } = facts;
  const [node, main = ''] = command;
  const closed = name === null ? [] : await unreadable(name, [list, node, main]);
  return [
    ...(of === 'machine' && !isNodeNamed && isBelowHome(node, user) ? [homeWords(node)] : []),
    ...(of === 'machine' && isBelowHome(main, user) ? [programWords(main)] : []),
    ...closed.map(
      (file) => `${name ?? ''} may not read ${cleanText(file)}: mend the permissions of it and of the folders above it`,
    ),
    ...(of === 'machine' && user === null ? asRootIn(list) : []),
    ...othersIn(list, name ?? userInfo().username, user?.uid ?? (of === 'machine' ? 0 : userInfo().uid)),
    ...(await elsewhere(list, user)),
  ];
}

/** Root's list in another user's folder: mostly written by `sudo supervise init`, without meaning root to run the workers. */
function asRootIn(list: string): readonly string[] {
  const owner = ownerOf(path.dirname(list));
  const loaded = loadList(list, process.env);
  if (!loaded.ok || owner === null || owner.uid === 0) return [];
  const names = loaded.value.daemons
    .filter((spec) => spec.user === null || spec.user.uid === 0)
    .map(({ name }) => name);
  if (names.length === 0) return [];
  const file = shellQuoted(list);
  return [
    `${listed(names, 3)} would run as root, for the list is root's, and the folder it lies in is ${owner.name}'s. Give it to who shall run it: chown ${owner.name} ${file}, then ask again; or name a user: for each`,
  ];
}

/** Daemons of another user than the unit's: root has read the list, and may do what the unit's user may not. */
function othersIn(list: string, name: string, uid: number): readonly string[] {
  const loaded = loadList(list, process.env);
  if (!loaded.ok || uid === 0) return [];
  const others = loaded.value.daemons.filter((spec) => spec.user !== null && spec.user.uid !== uid);
  if (others.length === 0) return [];
  const names = listed(
    others.map((spec) => spec.name),
    3,
  );
  return [
    `the unit runs as ${name}, the owner of the list, and only root may start a daemon as another user (user: of ${names}): it would refuse the list. Give the list to root (chown root), or take user: out`,
  ];
}

export const homeWords = (node: string): string =>
  `${node} lies below a home: it goes with a version manager or its user. Better is a node for all, such as /usr/bin/node; --node names one`;

const programWords = (main: string): string =>
  `${main} lies below a home: whoever may write there is who this unit runs. Better is an installation for all: npm install -g as root`;

/** Hardly any of a shell's environment exists under systemd: would the list be accepted without it, and be the same? */
async function elsewhere(list: string, user: User | null): Promise<readonly string[]> {
  const home = user?.home ?? homedir();
  const bare = { PATH: PLAIN_PATH, HOME: home, ...(user === null ? {} : { USER: user.name, LOGNAME: user.name }) };
  const there = loadList(list, bare);
  const missing = variablesOf(list).filter((name) => process.env[name] !== undefined && !GIVEN.has(name));
  return [
    ...(there.ok
      ? []
      : [
          `with the environment that systemd gives, the list would be refused. ${MEND}. PATH there is ${PLAIN_PATH}\n${await drawRefused(there.error)}`,
        ]),
    ...(missing.length === 0
      ? []
      : [
          `the list uses ${listed(
            missing.map((name) => `\${${name}}`),
            10,
          )}, which this shell has and the unit will not. ${MEND}`,
        ]),
  ];
}

const MEND = 'Set what is missing with Environment= or EnvironmentFile= (systemctl edit)';
