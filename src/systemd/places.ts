/** Where the unit of a list lies, the machine's or a user's, as far as its file tells: whoever asks need not ask systemd. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { unitName, unitOfList, WRITTEN_BY_US, type UnitFacts } from './unit.ts';

export interface PlacedUnit {
  readonly of: UnitFacts['of'];
  readonly name: string;
  readonly file: string;
  /** How a person starts it. */
  readonly start: string;
}

const MACHINE = '/etc/systemd/system';

/** The file of a unit, there or not. */
export const unitFile = (of: UnitFacts['of'], name: string): string =>
  path.join(of === 'machine' ? MACHINE : path.join(configHome(), USERS), name);

const USERS = 'systemd/user';

function configHome(): string {
  const given = process.env.XDG_CONFIG_HOME;
  // A relative one is to be ignored, says the XDG specification.
  return given !== undefined && path.isAbsolute(given) ? given : path.join(homedir(), '.config');
}

/** The units of this list that supervise has written; that of the machine first. `home`: of a user besides us. */
export function placedUnits(
  list: { readonly id: string; readonly file: string },
  home?: string,
): readonly PlacedUnit[] {
  const name = unitName(list.id);
  const users = home === undefined ? [] : [path.join(home, '.config', USERS, name)];
  return [unitFile('machine', name), ...new Set([unitFile('user', name), ...users])]
    .filter((file) => isOf(file, list.file))
    .map((file, index) => {
      const of = index === 0 && file.startsWith(`${MACHINE}/`) ? 'machine' : 'user';
      return { of, name, file, start: `systemctl ${of === 'user' ? '--user ' : ''}start ${name}` };
    });
}

function isOf(file: string, list: string): boolean {
  const text = textOf(file);
  return text.includes(WRITTEN_BY_US) && text.split('\n').includes(unitOfList(list));
}

/** Lives somebody in the control group of a unit of the machine, and is it not us? Everybody may look there. */
export const isLivedByOthers = (name: string): boolean =>
  !textOf('/proc/self/cgroup').includes(`/${name}`) &&
  ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd'].some(
    (root) => textOf(path.join(root, 'system.slice', name, 'cgroup.procs')) !== '',
  );

/** Empty where there is none, or it is not ours to read. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
