/** What makes times of one boot comparable: between two supervisors, and between two time namespaces (`unshare --time`). */
import fs from 'node:fs';

/** Changes with every boot: pids and start times of another boot mean nothing. */
export function bootId(): string {
  return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Linux reports times to programs in ticks of a hundredth of a second on every machine (USER_HZ). */
export const TICKS_PER_SECOND = 100;

/** How far the clocks of our time namespace are ahead of the machine's, in seconds. */
export interface TimeOffsets {
  readonly monotonic: number;
  readonly boottime: number;
}

/** `text`: /proc/self/timens_offsets, one line per clock, with seconds and nanoseconds. */
export function parseOffsets(text: string): TimeOffsets {
  const of = (clock: string): number => {
    const [, seconds, nanoseconds] = new RegExp(`^${clock}\\s+(-?\\d+)\\s+(\\d+)`, 'm').exec(text) ?? [];
    return Number(seconds ?? 0) + Number(nanoseconds ?? 0) / 1e9;
  };
  return { monotonic: of('monotonic'), boottime: of('boottime') };
}

/** A kernel without time namespaces has no such file, and there is nothing to correct. */
function readOffsets(): TimeOffsets {
  try {
    return parseOffsets(fs.readFileSync('/proc/self/timens_offsets', 'latin1'));
  } catch {
    return { monotonic: 0, boottime: 0 }; // No such file.
  }
}

/** A process keeps its time namespace for life. */
export const offsets = readOffsets();

/** How long ago a process started, in milliseconds. */
export function ageMs({ startTime }: { readonly startTime: number }): number {
  const [uptime = '0'] = fs.readFileSync('/proc/uptime', 'latin1').split(' ');
  return Math.max(0, (Number(uptime) - offsets.boottime - startTime / TICKS_PER_SECOND) * 1000);
}
