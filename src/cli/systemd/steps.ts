/** What a user types next, after a unit was printed. */
import type { PlacedUnit } from '../../systemd/places.ts';
import { unitName, type UnitFacts } from '../../systemd/unit.ts';
import { ownerOf } from '../owner.ts';
import { shellQuoted } from '../print/shell-quoted.ts';

export function stepsFor({ id, command, of, makesState, list }: UnitFacts): readonly string[] {
  const name = unitName(id);
  const [folder, systemctl] =
    of === 'machine' ? ['/etc/systemd/system', 'systemctl'] : ['~/.config/systemd/user', 'systemctl --user'];
  const isUsers = of === 'user';
  const state = makesState || isUsers ? [] : command.slice(-2);
  const root = isUsers && process.getuid?.() === 0 ? ['--user'] : [];
  const again = [...command.slice(0, 2), 'systemd', 'unit', '-f', list, ...state, ...root];
  return [
    '',
    'Write it, have systemd read it, start it now and at each boot (supervise systemd install does all of it):',
    ...(isUsers ? [`  mkdir -p ${folder}`] : []),
    `  ${again.map(shellQuoted).join(' ')} > ${folder}/${shellQuoted(name)}`,
    `  ${systemctl} daemon-reload`,
    `  ${systemctl} enable --now ${shellQuoted(name)}`,
    ...(isUsers ? lingerWords : []),
  ];
}

/** How a unit of the other systemd is removed, by whoever may. */
export const awayWords = ({ of, file }: PlacedUnit): string =>
  `To take that one away: supervise systemd uninstall, as ${of === 'machine' ? 'root' : (ownerOf(file)?.name ?? 'its user')}`;

export const lingerWords: readonly string[] = [
  'It is a unit of yours: it runs while you are logged in, and beyond that after `loginctl enable-linger`.',
  'For a unit of the machine, which runs as the owner of the list, ask as root.',
];
