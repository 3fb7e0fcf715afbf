import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** A living process as found in /proc by a test. */
export interface Living {
  readonly pid: number;
  readonly command: string;
}

/** Is it alive? A zombie is not: it only waits to be reaped. */
export function isAlive(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return stat !== null && !/\) [ZX] /.test(stat);
}

/** pid, process group and session, as numbers of /proc/PID/stat; null if there is no such process. */
export function familyOf(
  pid: number,
): { readonly pid: number; readonly group: number; readonly session: number } | null {
  const stat = read(`/proc/${pid}/stat`);
  const [, , group, session] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return group === undefined || session === undefined ? null : { pid, group: Number(group), session: Number(session) };
}

/** The number of the terminal of a process; 0: none. */
export function terminalOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`) ?? '';
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[4]);
}

/** The children of a process, zombies among them. */
export function childrenOf(pid: number): readonly number[] {
  return (read(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number);
}

/** Does the process have a handler for the signal of this number? */
export function catches(pid: number, signal: number): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

/** Does the stopped process have the signal of this number pending? */
export function isPending(pid: number, signal: number): boolean {
  const mask = /^ShdPnd:\s*([0-9a-f]+)/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

/** Does the process accept TCP connections? */
export function listensOnTcp(pid: number): boolean {
  const listening = ['tcp', 'tcp6'].flatMap((table) =>
    (read(`/proc/${pid}/net/${table}`) ?? '')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      // State 0A is LISTEN; the tenth column is the inode of the socket.
      .flatMap((columns) => (columns[3] === '0A' ? `socket:[${columns[9] ?? ''}]` : [])),
  );
  return readdirSync(`/proc/${pid}/fd`).some((fd) => listening.includes(linkOf(`/proc/${pid}/fd/${fd}`)));
}

/** Living processes with an environment line that begins like this, except this process. */
export function withEnvironmentLine(beginning: string): readonly Living[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid || !isAlive(pid)) return [];
    const environment = read(`/proc/${pid}/environ`) ?? '';
    if (!environment.split('\0').some((line) => line.startsWith(beginning))) return [];
    return [{ pid, command: (read(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim() }];
  });
}

/** Living processes with all these words in their command line, except guards (a shell). */
export function withCommand(words: readonly string[]): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || !isAlive(pid)) return [];
    const line = (read(`/proc/${pid}/cmdline`) ?? '').split('\0');
    return line[0] !== '/bin/sh' && words.every((word) => line.includes(word)) ? [pid] : [];
  });
}

/** Sends a signal; a process already gone is no error. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone.
  }
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return ''; // Closed meanwhile.
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return null; // It is gone, or not accessible to us.
  }
}
