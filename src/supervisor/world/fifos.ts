/**
 * The FIFOs of a slot: stdout, stderr and the boundary protocol (docs/decisions/003). They are named, so that a daemon keeps its output
 * through our death; made once for all slots, and opened anew for each run. We keep only the reading end: its end of file comes when the
 * last process that inherited the FIFO is gone.
 */
import fs from 'node:fs';
import path from 'node:path';
import { execa, execaSync } from 'execa';
import { messageOf } from '../../base/error-words.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { isErrno, isShortage } from './errno.ts';

export type PipeName = 'out' | 'err' | 'say';
export const PIPE_NAMES: readonly PipeName[] = ['out', 'err', 'say'];

const PAGE = 4_096;

/** The least a FIFO ever holds. A user with many pipes (fs.pipe-user-pages-soft) no longer gets 64 KiB: pipe(7). */
export const LEAST_CAPACITY = PAGE;

/**
 * This much in one read means that a FIFO of this capacity was full or nearly so: its writer may have lost words. The kernel gives a write
 * that does not fit into the last page a page of its own, so lines of any length may fill a FIFO with half its bytes.
 */
export const nearlyFull = (capacity: number): number => Math.max(capacity / 2 - PAGE, Math.min(capacity / 2, PAGE));

const filling = Buffer.alloc(16 * PAGE);

/** How much it holds. Only before any other process has it: it is filled and emptied again. */
export function capacityOf({ read, write }: PipeEnds): number {
  let bytes = 0;
  try {
    for (;;) bytes += fs.writeSync(write, filling);
  } catch (error) {
    if (!isErrno(error) || error.code !== 'EAGAIN') throw error;
  }
  for (let left = bytes; left > 0;) left -= fs.readSync(read, filling, 0, Math.min(left, filling.length), null);
  return bytes;
}

export function fifoPath(folder: string, id: string, pipe: PipeName): string {
  return path.join(folder, `${id}.${pipe}`);
}

/**
 * Makes the missing FIFOs of these slots with one command. Some file systems (vfat, some network mounts) have no FIFOs: the error says so.
 */
export async function makeFifos(folder: string, ids: readonly string[]): Promise<Result<void>> {
  const missing = ids
    .flatMap((id) => PIPE_NAMES.map((pipe) => fifoPath(folder, id, pipe)))
    .filter((file) => !isFifo(file));
  for (const file of missing) fs.rmSync(file, { recursive: true, force: true });
  // A command line has room for several thousand paths.
  for (let at = 0; at < missing.length; at += 1000) {
    const made = await execa('mkfifo', ['-m', '600', '--', ...missing.slice(at, at + 1000)], { reject: false });
    if (made.failed)
      return fail(
        `cannot make FIFOs in ${folder} (${made.stderr.split('\n')[0] ?? made.shortMessage}): name another folder with --state-dir`,
      );
  }
  return ok(undefined);
}

/** They have been removed, or replaced by something else. */
export function lacksFifos(folder: string, id: string): boolean {
  return PIPE_NAMES.some((pipe) => !isFifo(fifoPath(folder, id, pipe)));
}

/** New FIFOs under the same names: a process that outlived its run still holds the old ones, or they are gone. */
export function makeFreshFifos(folder: string, id: string): void {
  const files = PIPE_NAMES.map((pipe) => fifoPath(folder, id, pipe));
  for (const file of files) fs.rmSync(file, { recursive: true, force: true });
  const made = execaSync('mkfifo', ['-m', '600', '--', ...files], { reject: false });
  if (made.failed) throw new NoFifos(made.stderr.split('\n')[0] ?? made.shortMessage);
}

/** The state folder has no room for one: it may later. */
export class NoFifos extends Error {}

/** Does any process hold the FIFO? Only valid while we do not read it ourselves. */
export function isHeld(file: string): boolean {
  if (!isFifo(file)) return false;
  try {
    fs.closeSync(fs.openSync(file, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK));
    return true;
  } catch (error) {
    // ENXIO: no reader. The daemon's own end is open for both and would count as one.
    if (isErrno(error) && (error.code === 'ENXIO' || error.code === 'ENOENT')) return false;
    throw error;
  }
}

export interface PipeEnds {
  readonly read: number;
  /** For the daemon. */
  readonly write: number;
}

/**
 * Two descriptions, since O_NONBLOCK belongs to the description and libuv clears it on the child's stdio: with a shared one our own reads
 * would block. Reports must never block the daemon, so `say` is non-blocking for it too. `owner`: the user it runs as, null: ours. It owns
 * its FIFOs so that it may open them by name (`> /dev/stdout`).
 */
export function openFifo(folder: string, id: string, pipe: PipeName, owner: number | null = null): PipeEnds {
  const file = fifoPath(folder, id, pipe);
  const { O_RDONLY, O_RDWR, O_NONBLOCK } = fs.constants;
  const read = fs.openSync(file, O_RDONLY | O_NONBLOCK);
  try {
    // Another list may have had another user here.
    const uid = owner ?? process.geteuid?.() ?? 0;
    if (fs.fstatSync(read).uid !== uid) fs.fchownSync(read, uid, -1);
    return { read, write: fs.openSync(file, pipe === 'say' ? O_RDWR | O_NONBLOCK : O_RDWR) };
  } catch (error) {
    fs.closeSync(read);
    throw error;
  }
}

/** Only the reading end, for a living run. null: the FIFO is gone and nothing more is heard from that run. */
function openToRead(folder: string, id: string, pipe: PipeName): number | null {
  const { O_RDONLY, O_NONBLOCK } = fs.constants;
  const file = fifoPath(folder, id, pipe);
  return isFifo(file) ? fs.openSync(file, O_RDONLY | O_NONBLOCK) : null;
}

/** Those of a slot; each is null if it is gone. */
export const openAllToRead = (folder: string, id: string): Readonly<Record<PipeName, number | null>> => ({
  out: openToRead(folder, id, 'out'),
  err: openToRead(folder, id, 'err'),
  say: openToRead(folder, id, 'say'),
});

export interface NotOpened {
  /** A temporary shortage of ours; its command is not to blame. */
  readonly ours: boolean;
  readonly error: string;
}

/**
 * Those of a slot, for its next run. `isHeld`: a process outlived an earlier run and keeps writing; the next run must not share its pipes.
 */
export function openAll(
  folder: string,
  id: string,
  { owner, isHeld }: { readonly owner: number | null; readonly isHeld: () => boolean },
): Result<Readonly<Record<PipeName, PipeEnds>>, NotOpened> {
  const opened: PipeEnds[] = [];
  const open = (pipe: PipeName): PipeEnds => {
    const ends = openFifo(folder, id, pipe, owner);
    opened.push(ends);
    return ends;
  };
  try {
    if (isHeld() || lacksFifos(folder, id)) makeFreshFifos(folder, id);
    return ok({ out: open('out'), err: open('err'), say: open('say') });
  } catch (error) {
    for (const { read, write } of opened) closeAll(read, write);
    const words = messageOf(error);
    return fail({ ours: isShortage(error) || error instanceof NoFifos, error: `its pipes cannot be opened: ${words}` });
  }
}

export function closeAll(...descriptors: readonly number[]): void {
  for (const descriptor of descriptors) fs.closeSync(descriptor);
}

function isFifo(file: string): boolean {
  return fs.lstatSync(file, { throwIfNoEntry: false })?.isFIFO() ?? false;
}
