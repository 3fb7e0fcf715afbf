/**
 * Who lives of an earlier supervisor of this list: nothing is started beside them. Known from its state file, and, unless
 * that says that nobody lived at its end, found by the mark in the environment.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { Left } from './lifecycle/state.ts';
import { MARK } from './world/environment.ts';
import type { StateFolder } from './world/folder.ts';
import { isHeld, PIPE_NAMES } from './world/pipes.ts';
import { bootId, commandOf, lives, withEnvironment } from './world/proc.ts';
import type { Read, SavedState } from './world/state-file.ts';

export interface Survivor {
  /** The instance that it was started for. */
  readonly id: string;
  /** null: the pipes of the instance are held, by a process that we may not look at. */
  readonly process: Left | null;
}

export interface Found {
  /** Processes of runs that never ended: nothing may be started beside them. */
  readonly survivors: readonly Survivor[];
  /** Who had left the session of a run before that ended: told of, and left alone as while the list ran. */
  readonly escaped: readonly (Survivor & { readonly process: Left })[];
}

export function findSurvivors(folder: StateFolder, saved: Read): Found {
  const known = livingOf(saved);
  const held = heldInstances(folder.fifos);
  const pids = new Set(known.map(({ process }) => process?.pid));
  const marked = withEnvironment([`${MARK}=${folder.path}`]).flatMap(({ environment, ...process }) =>
    pids.has(process.pid) ? [] : [{ id: idIn(environment), process }],
  );
  if (held.length === 0 && saved.is === 'read' && hasEnded(saved.state)) return { survivors: [], escaped: marked };
  const all = [...known, ...marked];
  const found = new Set(all.map(({ id }) => id));
  const unknown = held.filter((id) => !found.has(id)).map((id) => ({ id, process: null }));
  return { survivors: [...all, ...unknown], escaped: [] };
}

/** Its last process had gone when it was written, or goes with the boot. A helper may outlive the processes that it names. */
function hasEnded({ boot, slots }: SavedState): boolean {
  return boot !== bootId() || slots.every(({ processes }) => processes.length === 0);
}

/** Pids and start times of another boot mean nothing. */
function livingOf(saved: Read): readonly Survivor[] {
  if (saved.is !== 'read' || saved.state.boot !== bootId()) return [];
  return saved.state.slots.flatMap(({ id, processes }) =>
    processes.filter(lives).map(({ pid, startTime }) => ({ id, process: { pid, startTime, command: commandOf(pid) } })),
  );
}

function heldInstances(fifos: string): readonly string[] {
  if (!fs.existsSync(fifos)) return [];
  const held = fs.readdirSync(fifos).flatMap((name) => {
    const pipe = PIPE_NAMES.find((each) => name.endsWith(`.${each}`));
    return pipe !== undefined && isHeld(path.join(fifos, name)) ? [name.slice(0, -pipe.length - 1)] : [];
  });
  return [...new Set(held)];
}

function idIn(environment: string): string {
  const value = (name: string): string | undefined =>
    environment
      .split('\0')
      .find((line) => line.startsWith(`${name}=`))
      ?.slice(name.length + 1);
  const name = value('SUPERVISE_NAME') ?? 'unknown';
  return value('SUPERVISE_INSTANCES') === '1' ? name : `${name}:${value('SUPERVISE_INSTANCE') ?? '?'}`;
}
