import { nearest } from '../base/suggest.ts';
import { count, duration, orWord, size } from './kinds.ts';
import type { Group } from './accounts.ts';
import { accountNames, findAccount, findGroup, groupNames, isNumber } from './accounts.ts';
import { quoted } from './problem.ts';
import type { Kind, Scope, Wrong } from './section.ts';
import { WRONG, complain, key, refuse } from './section.ts';
import type { UserSpec } from './spec.ts';
import type { Node } from './tree.ts';
import { textOf } from './tree.ts';

/** The kinds of the keys that set the user, rights and limits of a daemon. */

const NAME = String.raw`[A-Za-z0-9_][A-Za-z0-9_.@$-]*`;

export const user: Kind<UserSpec> = {
  words: 'a user, or user:group, by name or number',
  json: {
    anyOf: [
      { type: 'integer', minimum: 0 },
      { type: 'string', pattern: `^${NAME}(:${NAME})?$|\\$\\{` },
    ],
  },
  read: (node, scope) => {
    const [, name, itsGroup] = new RegExp(`^(${NAME})(?::(${NAME}))?$`).exec(wordOf(node)) ?? [];
    if (name === undefined) return refuse(node, scope, 'a user, or user:group');
    const account = findAccount(name);
    const group = itsGroup === undefined ? undefined : groupNamed(itsGroup, node, scope);
    if (group === WRONG) return WRONG;
    if (account !== undefined) return { ...account, gid: group?.gid ?? account.gid };
    if (!isNumber(name)) return unknown(`the user ${quoted(name)}`, name, accountNames(), node, scope);
    if (group !== undefined) return { ...NAMELESS, uid: Number(name), gid: group.gid };
    complain(scope, node.at, `names the user ${name}, which has no group here`, `write its group too: "${name}:GROUP"`);
    return WRONG;
  },
};

/** Stands in for the /etc/passwd entry that a bare number does not have. */
const NAMELESS = { name: null, home: '/', shell: '/bin/sh' };

const group: Kind<Group> = {
  words: 'a group, by name or number',
  json: {
    anyOf: [
      { type: 'integer', minimum: 0 },
      { type: 'string', pattern: `^${NAME}$|\\$\\{` },
    ],
  },
  read: (node, scope) => {
    const name = wordOf(node);
    return new RegExp(`^${NAME}$`).test(name)
      ? groupNamed(name, node, scope)
      : refuse(node, scope, 'a group, by name or number');
  },
};

function groupNamed(name: string, node: Node, scope: Scope): Group | Wrong {
  const group = findGroup(name) ?? (isNumber(name) ? { name, gid: Number(name) } : undefined);
  return group ?? unknown(`the group ${quoted(name)}`, name, groupNames(), node, scope);
}

function unknown(what: string, name: string, known: readonly string[], node: Node, scope: Scope): Wrong {
  const meant = nearest(name, known);
  const hint = meant === undefined ? undefined : `did you mean ${quoted(meant)}?`;
  complain(scope, node.at, `names ${what}, which this machine does not know`, hint);
  return WRONG;
}

/** Quoted: YAML reads a bare 027 as the number 27, which may or may not have been intended. */
export const mask: Kind<number> = {
  words: 'an octal mask in quotes ("027")',
  json: { type: 'string', pattern: String.raw`^0?[0-7]{1,3}$|\$\{` },
  read: (node, scope) => {
    const wanted = 'an octal mask in quotes ("027")';
    const written = textOf(node);
    if (written !== undefined && /^0?[0-7]{1,3}$/.test(written)) return parseInt(written, 8);
    const digits = node.kind === 'scalar' && typeof node.value === 'number' ? node.source.replace(/^0o/, '0') : '';
    return refuse(node, scope, wanted, /^[0-7]{1,4}$/.test(digits) ? `write "${digits}"` : undefined);
  },
};

export const priority: Kind<number> = {
  words: 'a whole number from -20 to 19',
  json: {
    anyOf: [
      { type: 'integer', minimum: -20, maximum: 19 },
      { type: 'string', pattern: '\\$\\{' },
    ],
  },
  read: (node, scope) => count(-20, 19).read(node, scope),
};

const pieces = (least: number): Kind<number | null> => orWord('unlimited', null, count(least, 2 ** 31 - 1));
const bytes = orWord('unlimited', null, orZero(size));

export const ULIMIT = {
  open_files: key(pieces(16), { doc: 'Open files and sockets of a process.', elsewhere: ['nofile', 'files', 'n'] }),
  processes: key(pieces(1), { doc: 'Processes of the user, all together.', elsewhere: ['nproc', 'u'] }),
  core: key(bytes, { doc: 'Size of a core dump; 0: none is written.', elsewhere: ['core_size', 'c'] }),
  file_size: key(bytes, { doc: 'Size of a file that it writes.', elsewhere: ['fsize', 'f'] }),
  stack: key(bytes, { doc: 'Size of the stack.', elsewhere: ['stack_size', 's'] }),
  data: key(bytes, { doc: 'Size of the data segment.', elsewhere: ['data_size', 'd'] }),
  address_space: key(bytes, { doc: 'Size of its address space.', elsewhere: ['as', 'virtual_memory', 'memory', 'v'] }),
  locked_memory: key(bytes, { doc: 'Memory that it may lock.', elsewhere: ['memlock', 'l'] }),
  cpu_time: key(orWord('unlimited', null, wholeSeconds(duration)), {
    doc: 'Time on the processor, in whole seconds.',
    elsewhere: ['cpu', 't'],
  }),
};

export const SOCKET = {
  group: key(group, {
    doc: 'Members of this group may control it, too: stop, restart, read logs.',
    otherwise: 'nobody but its user, and root',
  }),
};

function orZero(kind: Kind<number>): Kind<number> {
  return {
    words: `0, or ${kind.words}`,
    json: { anyOf: [{ const: 0 }, kind.json] },
    read: (node, scope) => (node.kind === 'scalar' && node.value === 0 ? 0 : kind.read(node, scope)),
  };
}

function wholeSeconds(kind: Kind<number>): Kind<number> {
  return {
    ...kind,
    read: (node, scope): number | Wrong => {
      const ms = kind.read(node, scope);
      if (ms === WRONG || (ms >= 1000 && ms % 1000 === 0)) return ms === WRONG ? WRONG : ms / 1000;
      return refuse(node, scope, 'a duration in whole seconds');
    },
  };
}

/** The text of a scalar; a number as it was typed. */
function wordOf(node: Node): string {
  return textOf(node) ?? (node.kind === 'scalar' && typeof node.value === 'number' ? node.source : '');
}
