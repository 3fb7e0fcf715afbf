/** Which processes hold the FIFOs of a slot: finds those that no state file knows and that lack our mark. */
import fs from 'node:fs';
import path from 'node:path';
import type { Left, ProcessId } from '../lifecycle/state.ts';
import { isErrno } from './errno.ts';
import { fifoPath, isHeld, PIPE_NAMES } from './fifos.ts';
import { allProcesses, commandOf, folderOf, oldestFirst, orphans, type Stat } from './proc.ts';

/** The instances with a FIFO held by some process. Only valid while we read none. */
export function heldInstances(folder: string): readonly string[] {
  const held = namesIn(folder).flatMap((name) => {
    const pipe = PIPE_NAMES.find((each) => name.endsWith(`.${each}`));
    return pipe !== undefined && isHeld(path.join(folder, name)) ? [name.slice(0, -pipe.length - 1)] : [];
  });
  return [...new Set(held)];
}

/** Empty if there is no such folder or it is another user's: whoever asks for its supervisor is told whose. */
function namesIn(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (isErrno(error) && (error.code === 'ENOENT' || error.code === 'EACCES')) return [];
    throw error;
  }
}

/**
 * The main process of each of these instances, if one is seen: a session leader that holds a pipe of it, and of several the first started.
 * A fork is not one (the horse of an RQ worker): what we start execs a program. One pass over the descriptors of all processes.
 */
export function holdersOf(folder: string, ids: readonly string[]): Map<string, ProcessId> {
  const files = new Map(ids.flatMap((id) => PIPE_NAMES.map((pipe) => [fifoPath(folder, id, pipe), id] as const)));
  const found = new Map<string, ProcessId>();
  const leaders = allProcesses().filter(
    ({ pid, session, isFork }) => pid === session && pid !== process.pid && !isFork,
  );
  for (const stat of oldestFirst(leaders))
    for (const target of openFiles(stat)) {
      const id = files.get(target);
      if (id !== undefined && !found.has(id)) found.set(id, { pid: stat.pid, startTime: stat.startTime });
    }
  return found;
}

/** A process and the instance whose pipe it holds. */
export interface Holder extends Left {
  readonly id: string;
  readonly session: number;
}

/**
 * Orphans that hold a pipe of an instance, removed ones included, besides those found by their mark. This finds processes that left their
 * run without our mark: one that sets its title (setproctitle) overwrites its environment.
 */
export function unmarkedHolders(folder: string, marked: readonly Pick<ProcessId, 'pid'>[]): readonly Holder[] {
  const known = new Set([process.pid, ...marked.map(({ pid }) => pid)]);
  const inside = `${folder}/`;
  const idOf = (target: string): string | undefined =>
    target.startsWith(inside) ? FIFO.exec(target.slice(inside.length))?.[1] : undefined;
  const others = (orphans() ?? allProcesses()).filter(({ pid }) => !known.has(pid));
  return others.flatMap((stat) => {
    const { pid, startTime, session } = stat;
    const [id] = openFiles(stat).flatMap((target) => idOf(target) ?? []);
    return id === undefined ? [] : [{ pid, startTime, session, id, command: commandOf(pid) }];
  });
}

/** The last part of the name that /proc shows for one of our open FIFOs. */
const FIFO = new RegExp(`^([^/]+)\\.(?:${PIPE_NAMES.join('|')})(?: \\(deleted\\))?$`);

/** Empty for a process that we may not examine. */
function openFiles(stat: Stat): readonly string[] {
  const folder = `${folderOf(stat)}/fd`;
  try {
    return fs.readdirSync(folder).flatMap((fd) => {
      try {
        return [fs.readlinkSync(path.join(folder, fd))];
      } catch {
        return []; // Closed between the two looks.
      }
    });
  } catch {
    return [];
  }
}
