/** What /proc tells about a supervisor: its processes, their memory, and their activity. */
import { readFileSync, readdirSync } from 'node:fs';

export interface Process {
  readonly pid: number;
  readonly command: string;
}

/** The process and all its descendants, except zombies. */
export function treeOf(root: number): readonly Process[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? read(`/proc/${entry}/stat`) : '';
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (parent === undefined || state === 'Z') continue;
    children.set(Number(parent), [...(children.get(Number(parent)) ?? []), Number(entry)]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree.map((pid) => ({ pid, command: read(`/proc/${pid}/cmdline`).split('\0').join(' ').trim() }));
}

/** Proportional share of the memory of these processes, MiB. */
export function pssMib(pids: readonly number[]): number {
  return sum(pids, (pid) => number(read(`/proc/${pid}/smaps_rollup`), 'Pss')) / 1024;
}

/** Resident memory of a process, MiB. */
export const rssMib = (pid: number): number => number(read(`/proc/${pid}/status`), 'VmRSS') / 1024;

export interface Activity {
  readonly cpuMs: number;
  /** How often a thread gave up the processor to wait: each is a wake that has ended. */
  readonly switches: number;
}

/** What all threads of these processes have done since they began. */
export function activityOf(pids: readonly number[]): Activity {
  const tasks = pids.flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}`));
  return {
    cpuMs: sum(tasks, (task) => Number(read(`${task}/schedstat`).split(' ')[0])) / 1e6,
    switches: sum(tasks, (task) => number(read(`${task}/status`), 'voluntary_ctxt_switches')),
  };
}

function number(text: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

function sum<T>(things: readonly T[], of: (thing: T) => number): number {
  return things.reduce((total, thing) => total + of(thing), 0);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // It has ended.
  }
}
