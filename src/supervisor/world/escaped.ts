/** Who has left the session of its run (setsid, a daemon that forks itself away) and outlives it: named, and left alone. */
import type { Left } from '../lifecycle/state.ts';
import { MARK } from './environment.ts';
import { unlessShort } from './errno.ts';
import type { StateFolder } from './folder.ts';
import { unmarkedHolders } from './holders.ts';
import type { Orphans } from './lookout.ts';
import { fifoPath } from './fifos.ts';
import { isMarked, withEnvironment, type Stat } from './proc.ts';

export interface RunMarks {
  readonly id: string;
  readonly folder: string;
  readonly name: string;
  readonly number: number;
  readonly run: number;
}

/** What is to be told of those who left this run, in words: of each that is found, else of who holds its pipes. */
export function wordsOfEscaped(
  marks: RunMarks,
  { startTime, isHeld, fifos }: { startTime: number; isHeld: () => boolean; fifos: string },
  orphans: Orphans,
): readonly string[] {
  const sure = isHeld();
  const marked = findEscaped(linesOf(marks), startTime, sure, orphans);
  const found = sure ? [...marked, ...holdersBeside(marked, fifos, marks.id, startTime)] : marked;
  if (found.length > 0)
    return found.map(
      ({ pid, command }) =>
        `pid ${pid} (${command}) has left the session of its run and lives on; supervise leaves it alone`,
    );
  // Who has just been killed has gone, but the end of its pipes may not have been read before.
  if (!isHeld()) return [];
  return [
    `somebody has left the session of run ${marks.run}, holds its pipes and lives on, with another environment; see who: fuser -v ${fifoPath(fifos, marks.id, 'out')}`,
  ];
}

/**
 * The first of those that went away has lost its parent: without such an orphan, started since the run was, there is no pass
 * over /proc, unless `sure`: somebody is known to be there. `since`: in clock ticks.
 */
function findEscaped(lines: readonly string[], since: number, sure: boolean, orphans: Orphans): readonly Left[] {
  const isSuspect = (stat: Stat): boolean => stat.startTime >= since && isMarked(stat, lines);
  const found = unlessShort(() => {
    const nobody = !sure && orphans()?.some(isSuspect) === false;
    return nobody ? [] : withEnvironment(lines).filter(({ startTime }) => startTime >= since);
  });
  return found ?? [];
}

function holdersBeside(marked: readonly Left[], fifos: string, instance: string, since: number): readonly Left[] {
  const holders = unlessShort(() => unmarkedHolders(fifos, marked)) ?? [];
  return holders.filter(({ id, startTime }) => id === instance && startTime >= since);
}

/** All that lives of a list, when none of its sessions does any more. */
export function escapedOfAll({ path: folder, fifos }: Pick<StateFolder, 'path' | 'fifos'>): readonly Left[] {
  const marked = unlessShort(() => withEnvironment([`${MARK}=${folder}`])) ?? [];
  return [...marked, ...(unlessShort(() => unmarkedHolders(fifos, marked)) ?? [])];
}

const linesOf = ({ folder, name, number, run }: RunMarks): readonly string[] => [
  `${MARK}=${folder}`,
  `SUPERVISE_NAME=${name}`,
  `SUPERVISE_INSTANCE=${number}`,
  `SUPERVISE_RUN=${run}`,
];
