/**
 * A daemon that costs next to nothing and shows to the microsecond when its main runs, without a shell or a clock of its own: `cat FIFO`.
 * Opening the FIFO for writing waits until it has opened it for reading. SIGTERM ends it at once.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import type { BenchDaemon } from './contestants.ts';
import { treeOf } from './proc.ts';

const CAT = '/bin/cat';
const MAIN_MS = 30_000;

export interface MarkedDaemon extends BenchDaemon {
  readonly fifo: string;
}

export function markedDaemons(folder: string, count: number): readonly MarkedDaemon[] {
  mkdirSync(folder);
  const daemons = Array.from({ length: count }, (_, index) => {
    const fifo = path.join(folder, String(index));
    return { name: `d${index}`, argv: [CAT, fifo], fifo };
  });
  execFileSync(
    'mkfifo',
    daemons.map(({ fifo }) => fifo),
  );
  return daemons;
}

/** Waits until the main of each has begun; returns the `performance.now()` of the last. */
export async function mainsBegan(daemons: readonly MarkedDaemon[]): Promise<number> {
  // One after the other: later ones begin during the loop and are then not waited for.
  for (const { fifo } of daemons) openings.push(await opened(fifo));
  return performance.now();
}

/** The pid of the main that reads this FIFO, among the processes below `root`. */
export function pidOf({ argv, name }: MarkedDaemon, root: number): number {
  const found = treeOf(root).find(({ command }) => command === argv.join(' '));
  if (found === undefined) throw new Error(`no process of ${name} is there`);
  return found.pid;
}

/** Processes of a supervisor other than its daemons. */
export function supervisorSide(root: number): readonly number[] {
  return treeOf(root).flatMap(({ pid, command }) => (command.startsWith(`${CAT} `) ? [] : pid));
}

/** The ends that keep `cat` waiting: if closed, it would read end of file and end. */
const openings: FileHandle[] = [];

export function openingsOver(): void {
  for (const handle of openings.splice(0)) void handle.close();
}

/** Waits until something has opened the FIFO for reading. */
export async function opened(fifo: string): Promise<FileHandle> {
  const from = performance.now();
  const alarm = setTimeout(() => {
    // This frees the thread waiting in `open`; without it this process could not even exit.
    closeSync(openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK));
  }, MAIN_MS);
  const handle = await open(fifo, 'w');
  clearTimeout(alarm);
  if (performance.now() - from < MAIN_MS) return handle;
  await handle.close();
  throw new Error(`nobody opened ${fifo} within ${MAIN_MS} ms: its daemon did not come up`);
}
