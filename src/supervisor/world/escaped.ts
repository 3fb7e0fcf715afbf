/** Processes that left the session of their run (setsid, a daemonizing program) and outlive it: named, and left alone. */
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

/** What to report about processes that left this run, in words: each one found, else that something holds its pipes. */
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
  // A process just killed is gone, but the end of its pipes may not have been read yet.
  if (!isHeld()) return [];
  return [
    `somebody has left the session of run ${marks.run}, holds its pipes and lives on, with another environment; see who: fuser -v ${fifoPath(fifos, marks.id, 'out')}`,
  ];
}

/**
 * The first process to leave has lost its parent: without such an orphan, started since the run was, /proc is not scanned unless `sure`,
 * that is, some process is known to be there. `since`: in clock ticks.
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

/** Everything of a list that is alive when none of its sessions is. */
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
