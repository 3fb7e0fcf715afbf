/**
 * What /proc tells about processes: which live, since when, in which session, how big. If a shortage of ours (EMFILE) prevents reading it,
 * this throws: no process is ever taken for gone because we could not look.
 */
import fs from 'node:fs';
import { constants } from 'node:os';
import { offsets, TICKS_PER_SECOND } from './boot.ts';
import { isErrno, isShortage, unlessShort } from './errno.ts';
import type { Left, ProcessId } from '../lifecycle/state.ts';

export interface Stat {
  readonly pid: number;
  /** One letter, for its first thread: Z and X mean ended; a zombie waits to be reaped. */
  readonly state: string;
  /** Including the first one, even if that has ended while others work on (proc(5): num_threads). */
  readonly threads: number;
  readonly group: number;
  readonly session: number;
  /** User and system time, in clock ticks. */
  readonly ticks: number;
  /** In clock ticks since boot. */
  readonly startTime: number;
  readonly rssPages: number;
  readonly parent: number;
  /** For a zombie that we may examine: how it ended, as wait(2) encodes it. */
  readonly waitStatus: number;
  /** Where its stack begins: different for each program it execs. 0: not visible to us. */
  readonly stackAt: number;
  /** It is exiting: it holds nothing any more and will be a zombie soon. */
  readonly isExiting: boolean;
  /** It runs the program of its parent (fork) and has not exec'd its own. */
  readonly isFork: boolean;
}

const OFFSET_TICKS = Math.round(offsets.boottime * TICKS_PER_SECOND);

/** Room for the longest of the files read through it: the children of pid 1. */
const buffer = Buffer.allocUnsafeSlow(65_536);

/** Kernel flags (include/linux/sched.h), as shown by proc(5). */
const PF_EXITING = 0x4;
const PF_FORKNOEXEC = 0x40;

/** null: there is no such process (any more). */
export function readStat(pid: number): Stat | null {
  const text = readSmall(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The name in parentheses may contain anything, even parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const number = (index: number): number => Number(fields[index]);
  return {
    pid,
    state: fields[0] ?? 'X',
    group: number(2),
    session: number(3),
    ticks: number(11) + number(12),
    threads: number(17),
    // In the machine's time, not our time namespace's: it is compared with what others have seen.
    startTime: number(19) - OFFSET_TICKS,
    rssPages: number(21),
    parent: number(1),
    waitStatus: number(49),
    stackAt: number(25),
    isExiting: (number(6) & PF_EXITING) !== 0,
    isFork: (number(6) & PF_FORKNOEXEC) !== 0,
  };
}

/** A process whose first thread has ended (pthread_exit in main) looks like a zombie but lives as long as another thread does. */
export const isAlive = (stat: Stat | null): stat is Stat =>
  stat !== null && ((stat.state !== 'Z' && stat.state !== 'X') || stat.threads > 1);

/**
 * The same process, not a stranger that has got its pid since. If /proc hides it from us (hidepid and now another user's, or not dumpable),
 * only the pid is known: it is taken to be alive, or another would be started beside it.
 */
export function lives({ pid, startTime }: ProcessId): boolean {
  const stat = readStat(pid);
  return stat === null ? exists(pid) : isAlive(stat) && stat.startTime === startTime;
}

/** There is such a process, but /proc does not show it to us. */
export const isHidden = (pid: number): boolean => readStat(pid) === null && exists(pid);

/** Does such a process exist, even if /proc hides it from us (hidepid)? `-pid`: its process group, even of zombies only. */
export const exists = (pid: number): boolean => whomSignalReaches(pid) !== 'nobody';

/** Does it belong to a user whose processes we may not signal? */
export const mayNotSignal = (pid: number): boolean => whomSignalReaches(pid) === 'a stranger';

function whomSignalReaches(pid: number): 'ours' | 'a stranger' | 'nobody' {
  try {
    process.kill(pid, 0);
    return 'ours';
  } catch (error) {
    return isErrno(error) && error.code === 'EPERM' ? 'a stranger' : 'nobody';
  }
}

/** The process with this pid now; null: none is alive. */
export function identify(pid: number): ProcessId | null {
  const stat = readStat(pid);
  return stat === null ? null : { pid, startTime: stat.startTime };
}

/** All living processes, in one pass over /proc. */
export const allProcesses = (): readonly Stat[] => allStats().filter(isAlive);

/** Everything in /proc, zombies too. The youngest comes first: in a chain of forks it is the one still alive. */
export function allStats(): readonly Stat[] {
  const last = lastPid();
  const age = (pid: number): number => (pid <= last ? last - pid : last - pid + MOST_PIDS);
  const pids = fs.readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.sort((a, b) => age(a) - age(b)).flatMap((pid) => readStat(pid) ?? []);
}

/** From youngest first to oldest first; within one clock tick, the earlier pid first. */
export const oldestFirst = <T extends { readonly startTime: number }>(youngestFirst: readonly T[]): readonly T[] =>
  [...youngestFirst].reverse().sort((a, b) => a.startTime - b.startTime);

/** The kernel's own upper bound, on the largest machines. */
const MOST_PIDS = 4_194_304;

/** The last pid that was assigned. */
const lastPid = (): number => Number(readSmall('/proc/loadavg')?.trim().split(' ').at(-1) ?? 0);

/**
 * The living children of the reapers among our ancestors: a process that lost its parent becomes one of them, so these short lists show
 * orphans without a scan of /proc. null: this kernel does not tell, or not to us (hidepid).
 */
export function orphans(): readonly Stat[] | null {
  const found: Stat[] = [];
  const above = possibleReapers();
  if (above === null) return null;
  for (const reaper of above) {
    const children = childrenOf(reaper);
    if (children === null) return null;
    found.push(
      ...children
        .filter((pid) => pid !== process.pid)
        .map(readStat)
        .filter(isAlive),
    );
  }
  return found;
}

/** The memory of a process, counting its share of shared pages. null: it is gone, or we may not look into it. */
export function proportionalBytes(pid: number): number | null {
  const kilobytes = /^Pss:\s*(\d+) kB$/m.exec(readSmall(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}

export function commandOf(pid: number): string {
  return unlessShort(() => readCommand(pid)) ?? 'unknown';
}

function readCommand(pid: number): string {
  const text = readSmall(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim() ?? '';
  if (text === '') return readSmall(`/proc/${pid}/comm`)?.trim() ?? 'gone';
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}

/** Its real user, which together with ours decides whether we may signal it. null: it is gone, or hidden from us. */
export function userOf(pid: number): number | null {
  const user = /^Uid:\s*(\d+)/m.exec(readSmall(`/proc/${pid}/status`) ?? '')?.[1];
  return user === undefined ? null : Number(user);
}

/** Does the process catch or ignore this signal, or wait for signals (sigwait, signalfd: tini, catatonit)? null: unknown. */
export function minds(pid: number, signal: string): boolean | null {
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
  const text = unlessShort(() => readSmall(`/proc/${pid}/status`));
  const mask = (name: string): bigint | null => {
    const hex = new RegExp(`^${name}:\\s*([0-9a-f]+)`, 'm').exec(text ?? '')?.[1];
    return hex === undefined ? null : BigInt(`0x${hex}`);
  };
  const caught = mask('SigCgt');
  const ignored = mask('SigIgn');
  const blocked = mask('SigBlk');
  if (number === undefined || caught === null || ignored === null || blocked === null) return null;
  return (((caught | ignored | blocked) >> BigInt(number - 1)) & 1n) === 1n || isInSigwait(pid);
}

/** While it waits, the kernel shows the awaited signals as not blocked. If it does not tell what a process waits for, it says 0. */
const isInSigwait = (pid: number): boolean =>
  unlessShort(() => readSmall(`/proc/${pid}/wchan`))?.includes('sigtimedwait') === true;

export interface Marked extends Left {
  readonly session: number;
  readonly environment: string;
}

/** Living processes with all these `NAME=value` in their environment, except ours. Other users' are not visible. */
export function withEnvironment(marks: readonly string[]): readonly Marked[] {
  return allProcesses().flatMap((stat) => {
    const { pid, startTime, session } = stat;
    if (pid === process.pid) return [];
    const environment = readEnvironment(stat);
    return hasMarks(environment, marks) ? [{ pid, startTime, command: commandOf(pid), session, environment }] : [];
  });
}

export const isMarked = (stat: Stat, marks: readonly string[]): boolean => hasMarks(readEnvironment(stat), marks);

function hasMarks(environment: string, marks: readonly string[]): boolean {
  const lines = environment.split('\0');
  return marks.every((mark) => lines.includes(mark));
}

/**
 * The processes above us, up to pid 1. Re-read only when our parent has changed: if another of them goes, one already in the list takes
 * over. We are no reaper ourselves unless we are pid 1. null: one of them is hidden from us.
 */
function possibleReapers(): readonly number[] | null {
  if (reapers?.parent === process.ppid) return reapers.pids;
  const pids: number[] = process.pid === 1 ? [1] : [];
  for (let pid = process.ppid; pid > 0;) {
    pids.push(pid);
    const text: string | null = readSmall(`/proc/${pid}/stat`);
    if (text === null && exists(pid)) return null;
    pid = text === null ? 0 : Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
  }
  reapers = { parent: process.ppid, pids };
  return pids;
}

let reapers: { readonly parent: number; readonly pids: readonly number[] } | null = null;

/** Orphans go to the first living thread of a reaper. null: the kernel has no such file, or not for us. */
export function childrenOf(pid: number): readonly number[] | null {
  const text = readSmall(`/proc/${pid}/task/${pid}/children`);
  if (text === null) return exists(pid) ? null : [];
  return text.split(' ').filter(Boolean).map(Number);
}

function readEnvironment(stat: Stat): string {
  return readWhole(`${folderOf(stat)}/environ`) ?? '';
}

/** The /proc folder of a process, through a living thread: once the first thread has ended, its own folder shows nothing. */
export function folderOf(stat: Stat): string {
  const { pid, state } = stat;
  if (state !== 'Z' || !isAlive(stat)) return `/proc/${pid}`;
  const other = threadsOf(pid).find((thread) => thread !== pid);
  return `/proc/${pid}/task/${other ?? pid}`;
}

function threadsOf(pid: number): readonly number[] {
  try {
    return fs.readdirSync(`/proc/${pid}/task`).map(Number);
  } catch (error) {
    if (isShortage(error)) throw error;
    return []; // Gone meanwhile.
  }
}

/** A short file, without the cost of readFileSync, which first asks for its size. null: missing, or not for us. */
function readSmall(file: string): string | null {
  let fd: number;
  try {
    fd = fs.openSync(file, 'r');
  } catch (error) {
    if (isShortage(error)) throw error;
    return null;
  }
  try {
    return buffer.toString('latin1', 0, fs.readSync(fd, buffer, 0, buffer.length, 0));
  } catch {
    return null; // ESRCH: gone between open and read.
  } finally {
    fs.closeSync(fd);
  }
}

function readWhole(file: string): string | null {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch (error) {
    if (isShortage(error)) throw error;
    return null;
  }
}
