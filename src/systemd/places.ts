/** Where the unit of a list is, the machine's or a user's, as far as its file tells: no need to ask systemd. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { unitName, unitOfList, WRITTEN_BY_US, type UnitFacts } from './unit.ts';

export interface PlacedUnit {
  readonly of: UnitFacts['of'];
  readonly name: string;
  readonly file: string;
  /** The command a person would start it with. */
  readonly start: string;
}

const MACHINE = '/etc/systemd/system';

/** The file of a unit, whether it exists or not. */
export const unitFile = (of: UnitFacts['of'], name: string): string =>
  path.join(of === 'machine' ? MACHINE : path.join(configHome(), USERS), name);

const USERS = 'systemd/user';

function configHome(): string {
  const given = process.env.XDG_CONFIG_HOME;
  // The XDG specification says to ignore a relative path.
  return given !== undefined && path.isAbsolute(given) ? given : path.join(homedir(), '.config');
}

/** The units of this list written by supervise, the machine's first. `home`: of a user besides us. */
export function placedUnits(
  list: { readonly id: string; readonly file: string },
  home?: string,
): readonly PlacedUnit[] {
  const name = unitName(list.id);
  const theirs = home === undefined ? [] : [path.join(home, '.config', USERS, name)];
  const users = new Set([unitFile('user', name), ...theirs]);
  return [
    { of: 'machine' as const, name, file: unitFile('machine', name), start: `systemctl start ${name}` },
    ...[...users].map((file) => ({ of: 'user' as const, name, file, start: `systemctl --user start ${name}` })),
  ].filter(({ file }) => isOf(file, list.file));
}

function isOf(file: string, list: string): boolean {
  const text = textOf(file);
  return text.includes(WRITTEN_BY_US) && text.split('\n').includes(unitOfList(list));
}

/** Does the control group of a machine unit have living processes other than us? Everybody may look there. */
export const isLivedByOthers = (name: string): boolean =>
  !textOf('/proc/self/cgroup').includes(`/${name}`) &&
  ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd'].some(
    (root) => textOf(path.join(root, 'system.slice', name, 'cgroup.procs')) !== '',
  );

/** Empty if there is none, or we may not read it. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
