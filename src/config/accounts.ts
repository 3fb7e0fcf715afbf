/** The users and groups of this machine: from /etc/passwd and /etc/group, then from whatever getent knows. */
import { readFileSync } from 'node:fs';
import { execaSync } from 'execa';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
}

/** A user by name or by number; undefined: this machine has none. */
export function findAccount(written: string): Account | undefined {
  const isIt = ({ name, uid }: Account): boolean => (isNumber(written) ? uid === Number(written) : name === written);
  return accounts(readLines('/etc/passwd')).find(isIt) ?? accounts(fromGetent('passwd', written)).find(isIt);
}

/** A group by name or by number; undefined: this machine has none. */
export function findGroup(written: string): Group | undefined {
  const isIt = ({ name, gid }: Group): boolean => (isNumber(written) ? gid === Number(written) : name === written);
  return groups(readLines('/etc/group')).find(isIt) ?? groups(fromGetent('group', written)).find(isIt);
}

/** For hints. */
export const accountNames = (): readonly string[] => accounts(readLines('/etc/passwd')).map(({ name }) => name);
export const groupNames = (): readonly string[] => groups(readLines('/etc/group')).map(({ name }) => name);

export const isNumber = (written: string): boolean => /^\d+$/.test(written);

function accounts(lines: readonly string[]): readonly Account[] {
  return lines.flatMap((line) => {
    const [name = '', , uid = '', gid = '', , home = '', shell = ''] = line.split(':');
    if (name === '' || !isNumber(uid) || !isNumber(gid)) return [];
    return { name, uid: Number(uid), gid: Number(gid), home: home || '/', shell: shell || '/bin/sh' };
  });
}

function groups(lines: readonly string[]): readonly Group[] {
  return lines.flatMap((line) => {
    const [name = '', , gid = ''] = line.split(':');
    return name === '' || !isNumber(gid) ? [] : { name, gid: Number(gid) };
  });
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return []; // No such file on this machine: getent may know.
  }
}

/** Accounts kept by a directory service (LDAP): a single entry is requested, never all of them. */
function fromGetent(table: 'passwd' | 'group', written: string): readonly string[] {
  const { stdout } = execaSync('getent', [table, written], { reject: false, timeout: 10_000 });
  return typeof stdout === 'string' ? stdout.split('\n') : [];
}
