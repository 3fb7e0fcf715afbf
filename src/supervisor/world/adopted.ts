/** The ends of processes that are not our children: nothing reports them, so they are polled. Once all have ended no timer runs. */
import fs from 'node:fs';
import type { ProcessId } from '../lifecycle/state.ts';
import { unlessShort } from './errno.ts';
import { exists, isAlive, readStat } from './proc.ts';
import { decodeStatus, type Status } from './wait-status.ts';

/** Checking a hundred takes 0.8 ms (measured). */
const LOOK_MS = 500;
/** Its pipe closes a moment before the process has ended. */
const SOON_MS = 20;

export class Adopted<T> {
  private readonly ended: (who: T, code: number | null, signal: string | null) => void;
  private readonly reap: (pid: number) => void;
  private readonly processes = new Map<T, ProcessId>();
  private timer: NodeJS.Timeout | undefined;

  /** `ended`: with its exit code or signal, if the kernel still tells. `reap`: a child of ours that Node does not know. */
  constructor(ended: (who: T, code: number | null, signal: string | null) => void, reap: (pid: number) => void) {
    this.ended = ended;
    this.reap = reap;
  }

  add(who: T, process: ProcessId): void {
    this.processes.set(who, process);
    this.timer ??= setTimeout(this.look, 0);
  }

  /** One of them appears to have ended. */
  lookSoon(): void {
    if (this.processes.size === 0) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.look, SOON_MS);
  }

  close(): void {
    clearTimeout(this.timer);
    this.processes.clear();
  }

  private readonly look = (): void => {
    const gone = [...this.processes].flatMap(([who, process]) => {
      // Too few descriptors to look: nothing may be concluded from that.
      const status = unlessShort(() => endOf(process)) ?? null;
      return status === null ? [] : [{ who, status }];
    });
    for (const { who } of gone) {
      this.reap(this.processes.get(who)?.pid ?? 0);
      this.processes.delete(who);
    }
    this.timer = this.processes.size === 0 ? undefined : setTimeout(this.look, LOOK_MS);
    for (const { who, status } of gone) this.ended(who, status.code, status.signal);
  };
}

const UNKNOWN: Status = { code: null, signal: null };

/** null: it lives. */
function endOf({ pid, startTime }: ProcessId): Status | null {
  const stat = readStat(pid);
  if (stat === null) return exists(pid) ? null : UNKNOWN;
  if (stat.startTime !== startTime) return UNKNOWN;
  const { state, waitStatus } = stat;
  if (isAlive(stat)) return null;
  // It has not been reaped yet.
  return state === 'Z' && mayLookInto(pid) ? decodeStatus(waitStatus) : UNKNOWN;
}

/** To others the kernel reports 0, which would look like success. */
function mayLookInto(pid: number): boolean {
  const uid = process.getuid?.();
  return uid === 0 || fs.statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid;
}
