/**
 * The FIFOs of a slot: stdout, stderr and the boundary protocol (docs/decisions/003). They are named, so that a daemon keeps its
 * output through our death; made once for all slots, and opened anew for each run. Of a FIFO we keep only the reading
 * end: its end of file comes when the last process that inherited it is gone.
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

/** The least that a FIFO ever holds. A user with many pipes (fs.pipe-user-pages-soft) gets no 64 KiB any more: pipe(7). */
export const LEAST_CAPACITY = PAGE;

/**
 * So much in one go means that a FIFO of this capacity was full, or nearly: its writer may have lost words. The kernel gives each
 * write that fits into no page before it a page of its own, so lines of every length may fill a FIFO with half of its bytes.
 */
export const nearlyFull = (capacity: number): number => Math.max(capacity / 2 - PAGE, Math.min(capacity / 2, PAGE));

const filling = Buffer.alloc(16 * PAGE);

/** How much it holds. Only to be asked before anybody else has it: it is filled, and emptied again. */
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
 * Makes the FIFOs of these slots where there are none yet: one command for all. Some file systems (vfat, some network
 * mounts) know no FIFOs: the error says so.
 */
export async function makeFifos(folder: string, ids: readonly string[]): Promise<Result<void>> {
  const missing = ids
    .flatMap((id) => PIPE_NAMES.map((pipe) => fifoPath(folder, id, pipe)))
    .filter((file) => !isFifo(file));
  for (const file of missing) fs.rmSync(file, { recursive: true, force: true });
  // A command line has room for some thousand paths.
  for (let at = 0; at < missing.length; at += 1000) {
    const made = await execa('mkfifo', ['-m', '600', '--', ...missing.slice(at, at + 1000)], { reject: false });
    if (made.failed)
      return fail(
        `cannot make FIFOs in ${folder} (${made.stderr.split('\n')[0] ?? made.shortMessage}): name another folder with --state-dir`,
      );
  }
  return ok(undefined);
}

/** Somebody has removed them, or put something else in their place. */
export function lacksFifos(folder: string, id: string): boolean {
  return PIPE_NAMES.some((pipe) => !isFifo(fifoPath(folder, id, pipe)));
}

/** New FIFOs under the same names: somebody who outlived his run still holds the old ones, or they are gone. */
export function makeFreshFifos(folder: string, id: string): void {
  const files = PIPE_NAMES.map((pipe) => fifoPath(folder, id, pipe));
  for (const file of files) fs.rmSync(file, { recursive: true, force: true });
  const made = execaSync('mkfifo', ['-m', '600', '--', ...files], { reject: false });
  if (made.failed) throw new NoFifos(made.stderr.split('\n')[0] ?? made.shortMessage);
}

/** The state folder takes none, for want of room: it may take them later. */
export class NoFifos extends Error {}

/** Does any process hold the FIFO? Only to be asked while we do not read it ourselves. */
export function isHeld(file: string): boolean {
  if (!isFifo(file)) return false;
  try {
    fs.closeSync(fs.openSync(file, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK));
    return true;
  } catch (error) {
    // ENXIO: no reader; the daemon's own end is open for both, so it would count as one.
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
 * Two descriptions, since O_NONBLOCK belongs to the description and libuv clears it on the child's stdio: with one for
 * both our own reads would block. The reports of a daemon must never block it, so `say` is non-blocking for it too.
 * `owner`: as whom it runs, null: as we do. A FIFO is its own, so that it may open it by name (`> /dev/stdout`).
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

/** The reading end alone, of a run that lives. null: the FIFO has gone, and nothing more is heard of that run. */
function openToRead(folder: string, id: string, pipe: PipeName): number | null {
  const { O_RDONLY, O_NONBLOCK } = fs.constants;
  const file = fifoPath(folder, id, pipe);
  return isFifo(file) ? fs.openSync(file, O_RDONLY | O_NONBLOCK) : null;
}

/** Those of a slot. null: they have gone, each by itself. */
export const openAllToRead = (folder: string, id: string): Readonly<Record<PipeName, number | null>> => ({
  out: openToRead(folder, id, 'out'),
  err: openToRead(folder, id, 'err'),
  say: openToRead(folder, id, 'say'),
});

export interface NotOpened {
  /** Something of ours that passes is missing, and its command is not to blame. */
  readonly ours: boolean;
  readonly error: string;
}

/**
 * Those of a slot, for its next run. `isHeld`: somebody outlived an earlier run and writes on; the next run must not share its pipes.
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
