/** What to mind with a unit: where its systemd does not have what this shell has. */
import { homedir } from 'node:os';
import { cleanText } from '../../base/clean.ts';
import { listed } from '../../base/listed.ts';
import { loadList, variablesOf } from '../../config/load.ts';
import { drawProblems } from '../../config/problem.ts';
import { unreadable } from '../../systemd/reach.ts';
import type { User } from '../owner.ts';
import { isBelowHome, type ListUnit } from './list-unit.ts';

const PLAIN_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** What systemd itself gives a service. */
const GIVEN = new Set(['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG']);

/** Whole sentences; none where all is as it should be. */
export async function remarksOn({ facts, user, isNodeNamed }: ListUnit): Promise<readonly string[]> {
  const { command, list, user: name, of } = facts;
  const [node, main = ''] = command;
  const closed = name === null ? [] : await unreadable(name, [list, node, main]);
  return [
    ...(of === 'machine' && !isNodeNamed && isBelowHome(node, user) ? [homeWords(node)] : []),
    ...closed.map(
      (file) => `${name ?? ''} may not read ${cleanText(file)}: mend the permissions of it and of the folders above it`,
    ),
    ...elsewhere(list, user),
  ];
}

export const homeWords = (node: string): string =>
  `${node} lies below a home: it goes with a version manager or its user. Better is a node for all, such as /usr/bin/node; --node names one`;

/** Under systemd hardly anything of a shell's environment is there: would the list be accepted without it, and be the same? */
function elsewhere(list: string, user: User | null): readonly string[] {
  const home = user?.home ?? homedir();
  const bare = { PATH: PLAIN_PATH, HOME: home, ...(user === null ? {} : { USER: user.name, LOGNAME: user.name }) };
  const there = loadList(list, bare);
  const missing = variablesOf(list).filter((name) => process.env[name] !== undefined && !GIVEN.has(name));
  return [
    ...(there.ok
      ? []
      : [
          `with the environment that systemd gives, the list would be refused. ${MEND}. PATH there is ${PLAIN_PATH}\n${drawProblems(there.error.problems, there.error.text, false)}`,
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
